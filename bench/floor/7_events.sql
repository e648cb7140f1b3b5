INSERT INTO event (id, type, subject, owner, payload, created_at)
SELECT event_id, 'payment.succeeded', subject, owner,
       jsonb_build_object('id', subject, 'status', 'succeeded', 'amount', amount_minor, 'received', amount_minor, 'booked', amount_minor,
                          'currency', 'KES', 'account', account, 'gateway', 'cellulant', 'gateway_reference', reference),
       now()
FROM bench_staging WHERE n >= %(first)s AND n < %(last)s ORDER BY n
