-- What a drain has claimed is deleted but not committed, so it is still counted here; each drain says in its application_name
-- how many it has in hand. The first six bytes of a UUIDv7 are its milliseconds.
SELECT
    (SELECT count(*) FROM inbound_pending),
    (SELECT coalesce(sum(substring(application_name FROM '^bursar drain (\d+)$')::bigint), 0)
     FROM pg_stat_activity WHERE application_name LIKE 'bursar drain %' AND datname = current_database()),
    (SELECT coalesce(sum(completed), 0) FROM queue_state WHERE name = 'inbound'),
    (SELECT coalesce(sum(failed), 0) FROM queue_state WHERE name = 'inbound'),
    (SELECT ('x' || left(replace(min(event_id::text), '-', ''), 12))::bit(48)::bigint / 1000.0
     FROM (SELECT event_id FROM inbound_pending ORDER BY event_id LIMIT 1) oldest)
