SELECT p.id::text
FROM payment p
WHERE p.account = %s AND p.id BETWEEN %s AND %s AND p.gateway = %s AND p.amount_minor = %s AND p.currency = %s
    AND EXISTS (SELECT 1 FROM natural_key k WHERE k.payment_id = p.id AND k.kind = %s)
    AND NOT EXISTS (SELECT 1 FROM natural_key k WHERE k.payment_id = p.id AND k.kind = %s)
ORDER BY p.id
