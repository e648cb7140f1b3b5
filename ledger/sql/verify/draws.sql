WITH drawn AS (
    SELECT hold_id, sum(amount_minor) AS amount, min(debit_account_id) AS least_account, max(debit_account_id) AS most_account
    FROM transfer WHERE hold_id IS NOT NULL GROUP BY hold_id
)
SELECT coalesce(h.reference, 'hold ' || drawn.hold_id),
       CASE WHEN h.id IS NULL THEN 'transfers were posted from it, and it is not there'
            WHEN coalesce(drawn.amount, 0) <> h.posted_minor
                THEN format('posted %s, transfers say %s', h.posted_minor, coalesce(drawn.amount, 0))
            ELSE 'a transfer from it debits another account' END
FROM drawn FULL JOIN hold h ON h.id = drawn.hold_id
WHERE h.id IS NULL OR coalesce(drawn.amount, 0) <> h.posted_minor
   OR drawn.least_account <> h.account_id OR drawn.most_account <> h.account_id
LIMIT 50
