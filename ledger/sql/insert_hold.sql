INSERT INTO hold (id, account_id, currency, reference, amount_minor, posted_minor, voided_minor, expired_minor, open_minor, expires_at, created_at)
VALUES (%(id)s, %(account_id)s, %(currency)s, %(reference)s, %(amount_minor)s, 0, 0, 0, %(amount_minor)s, %(expires_at)s, now())
ON CONFLICT (reference) DO NOTHING
