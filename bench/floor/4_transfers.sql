INSERT INTO transfer (id, debit_account_id, credit_account_id, amount_minor, currency, kind, reference, effective_at, memo)
SELECT transfer_id, %(clearing)s::bigint, account_id, amount_minor, 'KES', 'payment', 'payment:cellulant:transaction:' || reference, now(), ''
FROM bench_staging WHERE n >= %(first)s AND n < %(last)s ORDER BY n
