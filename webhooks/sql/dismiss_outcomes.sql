-- The reason and the detail stay: why it was not settled is still true.
UPDATE inbound_outcome SET verdict = 'dismissed', decided_at = clock_timestamp() WHERE event_id = ANY(%s::uuid[])
