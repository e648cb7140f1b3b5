SELECT r.reference, t.id, t.debit_account_id, t.credit_account_id, t.amount_minor, t.currency, t.kind, t.reverses_id
FROM transfer_reference r JOIN transfer t ON t.id = r.transfer_id
WHERE r.reference = ANY(%s::text[])
