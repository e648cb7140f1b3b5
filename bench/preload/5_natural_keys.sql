INSERT INTO natural_key (gateway, kind, reference, payment_id, booked_minor, confirms)
SELECT 'cellulant', 'transaction', reference, payment_id, amount_minor, false FROM past ORDER BY n
