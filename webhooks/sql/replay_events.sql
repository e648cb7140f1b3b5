-- The outcome is locked, so that nobody dismisses an event while it is sent in again; one that waits already is left alone, because
-- to wait for the drain that holds it, with its outcome in hand, would be to wait for each other.
WITH standing AS MATERIALIZED (
    SELECT event_id FROM inbound_outcome
    WHERE event_id = ANY(%s::uuid[]) AND verdict IN ('quarantined', 'conflict', 'poison')
      AND NOT EXISTS (SELECT 1 FROM inbound_pending WHERE inbound_pending.event_id = inbound_outcome.event_id)
    ORDER BY event_id
    FOR NO KEY UPDATE
)
INSERT INTO inbound_pending (event_id, replayed_by)
SELECT event_id, %s FROM standing
ON CONFLICT DO NOTHING
RETURNING event_id
