INSERT INTO natural_key (gateway, kind, reference, payment_id, booked_minor, confirms)
SELECT 'cellulant', 'transaction', reference, payment_id, amount_minor, false
FROM bench_staging WHERE n >= %(first)s AND n < %(last)s ORDER BY reference
