-- A page of an account's transfers, newest first. The balance beside a line is what the account held once it was booked: today's
-- balance less everything that the page leaves out above it. All in one statement, so that it is read at one point.
WITH book AS (
    SELECT id, CASE WHEN kind IN ('asset', 'expense') THEN 1 ELSE -1 END AS sign FROM account WHERE code = %(code)s
), line AS (
    SELECT * FROM (
        (SELECT id, amount_minor AS debit, credit_account_id AS counterpart, kind, reference, effective_at, memo
         FROM transfer
         WHERE debit_account_id = (SELECT id FROM book)
           AND (%(before)s::uuid IS NULL OR id < %(before)s::uuid)
           AND (%(instant)s::timestamptz IS NULL OR effective_at <= %(instant)s::timestamptz)
         ORDER BY id DESC LIMIT %(limit)s)
        UNION ALL
        (SELECT id, -amount_minor, debit_account_id, kind, reference, effective_at, memo
         FROM transfer
         WHERE credit_account_id = (SELECT id FROM book)
           AND (%(before)s::uuid IS NULL OR id < %(before)s::uuid)
           AND (%(instant)s::timestamptz IS NULL OR effective_at <= %(instant)s::timestamptz)
         ORDER BY id DESC LIMIT %(limit)s)
    ) AS side
    ORDER BY id DESC LIMIT %(limit)s
), closing AS (
    SELECT (SELECT sum(debits_minor - credits_minor) FROM balance WHERE account_id = book.id)
           - coalesce((SELECT sum(amount_minor) FROM transfer
                       WHERE debit_account_id = book.id
                         AND (%(before)s::uuid IS NOT NULL AND id >= %(before)s::uuid
                              OR %(instant)s::timestamptz IS NOT NULL AND effective_at > %(instant)s::timestamptz)), 0)
           + coalesce((SELECT sum(amount_minor) FROM transfer
                       WHERE credit_account_id = book.id
                         AND (%(before)s::uuid IS NOT NULL AND id >= %(before)s::uuid
                              OR %(instant)s::timestamptz IS NOT NULL AND effective_at > %(instant)s::timestamptz)), 0) AS debit
    FROM book
)
SELECT line.id, line.effective_at, line.kind, line.reference, other.code, line.memo,
       (book.sign * line.debit)::bigint,
       (book.sign * (closing.debit - coalesce(
            sum(line.debit) OVER (ORDER BY line.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)))::bigint
FROM line
JOIN account AS other ON other.id = line.counterpart
CROSS JOIN book CROSS JOIN closing
ORDER BY line.id DESC
