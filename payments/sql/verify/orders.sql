-- A paid order names a payment of its own, and all that it asks for has come.
SELECT 'order ' || o.id, format('%s of %s have come for it', came.minor, o.amount_minor)
FROM orders o LEFT JOIN payment p ON p.id = o.paid_payment_id AND p.order_id = o.id AND p.received_minor > 0
CROSS JOIN LATERAL (SELECT coalesce(sum(received_minor), 0) AS minor FROM payment WHERE order_id = o.id) AS came
WHERE o.status = 'paid' AND (p.id IS NULL OR came.minor < o.amount_minor)
LIMIT 50
