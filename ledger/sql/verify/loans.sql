SELECT l.reference, fault
FROM transfer l
LEFT JOIN account lender ON lender.id = l.debit_account_id
LEFT JOIN transfer fact ON l.reference = 'shortfall:' || fact.id
CROSS JOIN LATERAL (VALUES
    (fact.id IS NULL, 'the fact it was lent for is not there'),
    (lender.code NOT LIKE 'owed:%', 'it is not lent by an owner''s debt'),
    (l.credit_account_id <> fact.debit_account_id, 'it is lent to another account than the fact debits'),
    (l.amount_minor > fact.amount_minor, 'more is lent than the fact took')
) AS rule (broken, fault)
WHERE l.kind = 'shortfall' AND broken
LIMIT 50
