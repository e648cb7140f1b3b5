-- Whoever holds an account's row now expires its holds himself, so it is passed over.
SELECT account_id FROM balance
WHERE slot = 0 AND account_id = ANY(ARRAY(
    SELECT account_id FROM hold WHERE open_minor > 0 AND expires_at <= %s ORDER BY expires_at LIMIT %s
))
ORDER BY account_id
FOR NO KEY UPDATE SKIP LOCKED
