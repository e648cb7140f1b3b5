-- Every fee in the books was charged, and every charge is in the books: as much, to the same student, under the same reference. And
-- the guard that sees to it stands on transfers and each partition of them.
WITH charged AS (
    SELECT f.*, 'student:' || s.student_id || ':' || f.currency AS account
    FROM fee_charge f LEFT JOIN student s ON s.id = f.student_id
), booked AS (
    SELECT t.*, a.code FROM transfer t LEFT JOIN account a ON a.id = t.debit_account_id WHERE t.kind = 'fee'
)
SELECT coalesce(t.reference, 'fee:' || f.reference), CASE
    WHEN f.id IS NULL THEN 'booked, and no charge says what for'
    WHEN t.id IS NULL THEN 'charged, and not booked as a fee'
    ELSE format('%s of %s charged as %s, and %s of %s booked', f.amount_minor, f.account, f.reference, t.amount_minor, t.code) END
FROM charged f FULL JOIN booked t ON t.id = f.transfer_id
WHERE (f.account, f.amount_minor, f.currency, 'fee:' || f.reference) IS DISTINCT FROM (t.code, t.amount_minor, t.currency, t.reference)
UNION ALL
SELECT relid::regclass::text, 'nothing asks for the charge of its fees'
FROM pg_partition_tree('transfer')
WHERE NOT EXISTS (SELECT 1 FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid
                  WHERE t.tgrelid = relid AND t.tgname = 'refuse_uncharged_fee' AND t.tgenabled IN ('O', 'A')
                    AND f.prosrc LIKE '%RAISE EXCEPTION%')
LIMIT 50
