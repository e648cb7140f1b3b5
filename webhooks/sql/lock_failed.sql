SELECT event_id FROM inbound_outcome
WHERE event_id = ANY(%s::uuid[]) AND verdict IN ('quarantined', 'conflict', 'poison')
ORDER BY event_id
FOR NO KEY UPDATE
