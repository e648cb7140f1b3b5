INSERT INTO inbound_pending (event_id, replayed_by)
SELECT event_id, %s FROM inbound_outcome
WHERE event_id = ANY(%s::uuid[]) AND verdict IN ('quarantined', 'conflict', 'poison')
ON CONFLICT DO NOTHING
RETURNING event_id
