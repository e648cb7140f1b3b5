-- With their outcomes locked. One that waits already is left alone, because to wait for the drain that holds it, with its outcome in
-- hand, would be to wait for each other. A statement of its own: what began before the lock was given sees who waited then.
INSERT INTO inbound_pending (event_id, replayed_by)
SELECT event_id, %s FROM unnest(%s::uuid[]) AS failed (event_id)
WHERE NOT EXISTS (SELECT FROM inbound_pending WHERE inbound_pending.event_id = failed.event_id)
ON CONFLICT DO NOTHING
RETURNING event_id
