INSERT INTO payment (id, gateway, method, status, amount_minor, received_minor, currency, account, named_account, reference,
                     status_at, created_at, settled_at)
SELECT payment_id, 'cellulant', 'mpesa', 'succeeded', amount_minor, amount_minor, 'KES', code, code, reference, at, at, at
FROM past ORDER BY n
