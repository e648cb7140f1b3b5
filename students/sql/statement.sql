-- One page of an account's movements, newest first, each with the balance after it. The running sum needs them all, which for
-- one student is a few hundred rows of two indexes; an OR over both would tempt the planner to walk every transfer by id.
WITH movement AS (
    SELECT id, effective_at, kind, reference, memo, amount_minor AS debit_minor, 0 AS credit_minor
      FROM transfer WHERE debit_account_id = %(account)s
     UNION ALL
    SELECT id, effective_at, kind, reference, memo, 0, amount_minor
      FROM transfer WHERE credit_account_id = %(account)s
), line AS (
    SELECT *, (sum(debit_minor - credit_minor) OVER (ORDER BY id))::bigint AS balance_minor FROM movement
)
SELECT id, effective_at, kind, reference, memo, debit_minor, credit_minor, balance_minor
  FROM line
 WHERE %(before)s::uuid IS NULL OR id < %(before)s::uuid
 ORDER BY id DESC
 LIMIT %(limit)s
