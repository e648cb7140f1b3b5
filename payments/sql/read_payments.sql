-- As lock_payments reads them, without its locks. The bounds let the planner skip the months that hold none of them.
SELECT id::text, gateway, method, status, amount_minor, received_minor, currency, account, named_account, reference,
       status_at, created_at, settled_at, order_id::text
FROM payment
WHERE id = ANY(%s::uuid[]) AND id BETWEEN %s::uuid AND %s::uuid
ORDER BY id
