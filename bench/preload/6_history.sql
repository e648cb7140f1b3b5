INSERT INTO payment_history (id, payment_id, from_status, to_status, booked_minor, source, evidence, inbound_event_id, actor, reason,
                             occurred_at, recorded_at)
SELECT history_id, payment_id, '', 'succeeded', amount_minor, 'webhook', 'notification', inbound_id, '', '', at, at
FROM past ORDER BY n
