INSERT INTO payment_history (id, payment_id, from_status, to_status, booked_minor, source, evidence, inbound_event_id, actor, reason,
                             occurred_at, recorded_at)
SELECT history_id, payment_id, '', 'succeeded', amount_minor, 'webhook', 'notification', inbound_id, '', '', occurred_at, now()
FROM bench_staging WHERE n >= %(first)s AND n < %(last)s ORDER BY n
