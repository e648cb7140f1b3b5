INSERT INTO inbound_outcome (event_id, verdict, reason, detail, payment_id, decided_at)
SELECT inbound_id, 'settled', '', '', payment_id, at FROM past ORDER BY n
