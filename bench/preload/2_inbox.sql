INSERT INTO inbound_event (id, gateway, kind, body, received_at)
SELECT inbound_id, 'cellulant', 'notification', %(body)s, at FROM past ORDER BY n
