-- The bounds let the planner skip the months that hold none of them.
SELECT id::text, gateway, kind, body
FROM inbound_event
WHERE id = ANY(%s::uuid[]) AND id BETWEEN %s::uuid AND %s::uuid
ORDER BY id
