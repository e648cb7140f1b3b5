-- Everything that moved on a student's account, oldest first, with the term of the fee that it charged. For one student that is a few hundred
-- rows of two indexes; fees are looked up by their own student, whose they are few.
WITH movement AS (
    SELECT id, effective_at, kind, memo, amount_minor AS debit_minor, 0 AS credit_minor FROM transfer WHERE debit_account_id = %(account)s
    UNION ALL
    SELECT id, effective_at, kind, memo, 0, amount_minor FROM transfer WHERE credit_account_id = %(account)s
)
SELECT m.id, m.effective_at, m.kind, m.memo, coalesce(f.term, ''), m.debit_minor, m.credit_minor
FROM movement m LEFT JOIN fee_charge f ON f.transfer_id = m.id AND f.student_id = %(student)s
ORDER BY m.effective_at, m.id
