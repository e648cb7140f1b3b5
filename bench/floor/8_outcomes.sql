INSERT INTO inbound_outcome (event_id, verdict, reason, detail, payment_id, decided_at)
SELECT inbound_id, 'settled', '', '', payment_id, clock_timestamp()
FROM bench_staging WHERE n >= %(first)s AND n < %(last)s ORDER BY n
