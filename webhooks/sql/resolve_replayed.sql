UPDATE exception_item
SET status = 'resolved', resolved_at = clock_timestamp(), resolved_by = r.actor, resolution = 'Settled by a replay.'
FROM unnest(%s::uuid[], %s::text[]) AS r (event_id, actor)
WHERE exception_item.inbound_event_id = r.event_id AND status = 'open' AND kind IN ('quarantine', 'conflict', 'poison')
