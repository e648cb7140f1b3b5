-- A page of an account's transfers, newest first. The balance beside a line is what the account held once it was booked: today's
-- balance less everything that the page leaves out above it. All in one statement, so that it is read at one point.
--
-- Never prepare this. A plan made for any account walks all transfers backwards by id, hoping to meet the account's soon; for one
-- that is seldom debited that takes a second. Seeing which account it is, the planner knows better.
WITH line AS (
    SELECT * FROM (
        (SELECT id, amount_minor AS debit, credit_account_id AS counterpart, kind, reference, effective_at, memo
         FROM transfer
         WHERE debit_account_id = %(account)s AND (NOT %(paged)s OR id < %(before)s)
           AND (NOT %(dated)s OR effective_at <= %(instant)s)
         ORDER BY id DESC LIMIT %(limit)s)
        UNION ALL
        (SELECT id, -amount_minor, debit_account_id, kind, reference, effective_at, memo
         FROM transfer
         WHERE credit_account_id = %(account)s AND (NOT %(paged)s OR id < %(before)s)
           AND (NOT %(dated)s OR effective_at <= %(instant)s)
         ORDER BY id DESC LIMIT %(limit)s)
    ) AS side
    ORDER BY id DESC LIMIT %(limit)s
), closing AS (
    SELECT (SELECT sum(debits_minor - credits_minor) FROM balance WHERE account_id = %(account)s)
           - (SELECT coalesce(sum(amount_minor), 0) FROM transfer
              WHERE debit_account_id = %(account)s AND (%(paged)s AND id >= %(before)s OR %(dated)s AND effective_at > %(instant)s))
           + (SELECT coalesce(sum(amount_minor), 0) FROM transfer
              WHERE credit_account_id = %(account)s AND (%(paged)s AND id >= %(before)s OR %(dated)s AND effective_at > %(instant)s)) AS debit
)
SELECT line.id, line.effective_at, line.kind, line.reference, other.code, line.memo,
       (%(sign)s * line.debit)::bigint,
       (%(sign)s * (closing.debit - coalesce(
            sum(line.debit) OVER (ORDER BY line.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)))::bigint
FROM line
JOIN account AS other ON other.id = line.counterpart
CROSS JOIN closing
ORDER BY line.id DESC
