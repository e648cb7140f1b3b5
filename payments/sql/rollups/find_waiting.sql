INSERT INTO waiting_payment (payment_id, gateway, status, created_at)
SELECT id, gateway, status, created_at FROM payment WHERE id >= %(low)s::uuid AND status = ANY (%(statuses)s::text[])
ON CONFLICT DO NOTHING
