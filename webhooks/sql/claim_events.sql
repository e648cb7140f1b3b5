-- The array subquery matters: a plain IN or a join here turns quadratic when the table was last analyzed while empty.
WITH claimed AS (
    DELETE FROM inbound_pending
    WHERE event_id = ANY(ARRAY(SELECT event_id FROM inbound_pending ORDER BY event_id LIMIT %s FOR UPDATE SKIP LOCKED))
    RETURNING event_id, replayed_by
)
SELECT event_id::text, replayed_by FROM claimed ORDER BY event_id
