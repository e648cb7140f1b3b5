INSERT INTO payment (id, gateway, method, status, amount_minor, received_minor, currency, account, named_account, reference,
                     status_at, created_at, settled_at)
SELECT payment_id, 'cellulant', method, 'succeeded', amount_minor, amount_minor, 'KES', account, account, reference,
       occurred_at, now(), now()
FROM bench_staging WHERE n >= %(first)s AND n < %(last)s ORDER BY n
