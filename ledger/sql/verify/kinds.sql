-- Every transfer is of a kind that there is, between accounts which that kind may move money between.
WITH moved AS (
    SELECT kind, debit_account_id, credit_account_id, count(*) AS transfers, min(reference) AS one
    FROM transfer GROUP BY kind, debit_account_id, credit_account_id
)
SELECT moved.one, CASE WHEN k.kind IS NULL THEN format('there is no kind %s', moved.kind)
                       ELSE format('%s transfers of kind %s from %s to %s', moved.transfers, moved.kind, d.code, c.code) END
FROM moved
LEFT JOIN transfer_kind k ON k.kind = moved.kind
LEFT JOIN account d ON d.id = moved.debit_account_id
LEFT JOIN account c ON c.id = moved.credit_account_id
WHERE (d.code LIKE ANY (k.debits) AND c.code LIKE ANY (k.credits)) IS NOT TRUE
LIMIT 50
