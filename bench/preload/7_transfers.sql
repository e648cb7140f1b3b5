WITH clearing AS (SELECT id FROM account WHERE code = 'gateway:cellulant:clearing:KES'), booked AS (
    INSERT INTO transfer (id, debit_account_id, credit_account_id, amount_minor, currency, kind, reference, effective_at, memo)
    SELECT transfer_id, clearing.id, account_id, amount_minor, 'KES', 'payment', 'payment:cellulant:transaction:' || reference, at, ''
    FROM past CROSS JOIN clearing ORDER BY n
    RETURNING reference, id
)
INSERT INTO transfer_reference (reference, transfer_id) SELECT reference, id FROM booked
