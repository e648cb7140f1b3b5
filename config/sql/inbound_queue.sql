-- What a drain has claimed is deleted but not committed, so it is still counted here; each drain says in its application_name
-- how many it has in hand.
SELECT
    (SELECT count(*) FROM inbound_pending),
    (SELECT coalesce(sum(substring(application_name FROM '^bursar drain (\d+)$')::bigint), 0)::bigint
     FROM pg_stat_activity WHERE application_name LIKE 'bursar drain %' AND datname = current_database()),
    (SELECT coalesce(sum(completed), 0)::bigint FROM queue_state WHERE name = 'inbound'),
    (SELECT coalesce(sum(failed), 0)::bigint FROM queue_state WHERE name = 'inbound'),
    (SELECT event_id FROM inbound_pending ORDER BY event_id LIMIT 1)
