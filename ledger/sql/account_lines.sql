-- The newest movements of one account before a transfer, and the net balance (debits less credits) after each. One statement is
-- one snapshot, so the lines and the balance rows they are counted back from agree. Each branch walks one index backwards and
-- stops at the limit: an account with millions of movements costs what one with fifty does.
WITH recent AS (
    (SELECT id, effective_at, kind, reference, memo, amount_minor AS net, credit_account_id AS other_id
       FROM transfer WHERE debit_account_id = %(account)s AND (%(before)s::uuid IS NULL OR id < %(before)s::uuid)
      ORDER BY id DESC LIMIT %(limit)s)
     UNION ALL
    (SELECT id, effective_at, kind, reference, memo, -amount_minor, debit_account_id
       FROM transfer WHERE credit_account_id = %(account)s AND (%(before)s::uuid IS NULL OR id < %(before)s::uuid)
      ORDER BY id DESC LIMIT %(limit)s)
), page AS (
    SELECT * FROM recent ORDER BY id DESC LIMIT %(limit)s
), total AS (
    SELECT coalesce(sum(debits_minor - credits_minor), 0) AS net FROM balance WHERE account_id = %(account)s
), newer AS (
    SELECT coalesce((SELECT sum(amount_minor) FROM transfer WHERE debit_account_id = %(account)s AND id >= %(before)s::uuid), 0)
         - coalesce((SELECT sum(amount_minor) FROM transfer WHERE credit_account_id = %(account)s AND id >= %(before)s::uuid), 0) AS net
)
SELECT page.id, page.effective_at, page.kind, page.reference, page.memo, other.code, page.net,
       (total.net - newer.net - coalesce(sum(page.net) OVER (ORDER BY page.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))::bigint
  FROM page CROSS JOIN total CROSS JOIN newer JOIN account other ON other.id = page.other_id
 ORDER BY page.id DESC
