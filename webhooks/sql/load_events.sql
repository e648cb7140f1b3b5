-- The name is seen by others at once, and gone with the transaction: it is how queue status knows what is in hand.
-- The bounds let the planner skip the months that hold none of them.
WITH told AS MATERIALIZED (SELECT set_config('application_name', %s, true))
SELECT id::text, gateway, kind, body
FROM told CROSS JOIN inbound_event
WHERE id = ANY(%s::uuid[]) AND id BETWEEN %s::uuid AND %s::uuid
ORDER BY id
