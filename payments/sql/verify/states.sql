SELECT 'payment ' || id, format('%s of %s received, %s, settled at %s', received_minor, amount_minor, status, coalesce(settled_at::text, 'no time'))
FROM payment
WHERE (received_minor > 0) IS DISTINCT FROM (settled_at IS NOT NULL)
   OR (received_minor > 0) IS DISTINCT FROM (status IN ('partially_paid', 'succeeded', 'partially_refunded', 'refunded'))
   OR (status IN ('succeeded', 'partially_refunded', 'refunded') AND received_minor < amount_minor)
   OR (status = 'partially_paid' AND received_minor >= amount_minor)
LIMIT 50
