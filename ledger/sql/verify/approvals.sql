-- Every adjustment was approved by a second person as it is booked, and what was carried out is booked as it was approved.
WITH booked AS (
    SELECT t.reference, t.kind, jsonb_build_object('debit', d.code, 'credit', c.code, 'amount_minor', t.amount_minor, 'currency', t.currency,
                                                   'kind', t.kind, 'reference', t.reference) AS transfer
    FROM transfer t LEFT JOIN account d ON d.id = t.debit_account_id LEFT JOIN account c ON c.id = t.credit_account_id
    WHERE t.kind = 'adjustment' OR t.reference IN (SELECT payload -> 'transfer' ->> 'reference' FROM approval WHERE status = 'executed')
), carried_out AS (
    SELECT id, approver <> requester AS by_two, payload -> 'transfer' AS transfer FROM approval WHERE status = 'executed'
)
SELECT booked.reference, 'an adjustment that no second person approved'
FROM booked WHERE kind = 'adjustment' AND NOT EXISTS (SELECT 1 FROM carried_out WHERE by_two AND carried_out.transfer = booked.transfer)
UNION ALL
SELECT 'approval ' || id, 'it was carried out, and what it names is not booked like that'
FROM carried_out WHERE transfer IS NOT NULL AND NOT EXISTS (SELECT 1 FROM booked WHERE booked.transfer = carried_out.transfer)
UNION ALL
SELECT 'approval ' || id, 'its payload is not the one that was asked for' FROM approval WHERE digest <> approval_digest(kind, payload)
UNION ALL
SELECT 'approval ' || id, 'one person asked and approved' FROM approval WHERE approver = requester
LIMIT 50
