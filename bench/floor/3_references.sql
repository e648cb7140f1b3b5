INSERT INTO transfer_reference (reference, transfer_id)
SELECT 'payment:cellulant:transaction:' || reference, transfer_id
FROM bench_staging WHERE n >= %(first)s AND n < %(last)s ORDER BY reference
