WITH moved AS (
    SELECT account_id, sum(debits) AS debits, sum(credits) AS credits
    FROM (
        SELECT debit_account_id AS account_id, sum(amount_minor) AS debits, 0 AS credits FROM transfer GROUP BY debit_account_id
        UNION ALL
        SELECT credit_account_id, 0, sum(amount_minor) FROM transfer GROUP BY credit_account_id
    ) AS side
    GROUP BY account_id
), kept AS (
    SELECT account_id, sum(debits_minor) AS debits, sum(credits_minor) AS credits FROM balance GROUP BY account_id
)
SELECT coalesce(a.code, 'account ' || account_id),
       format('balance rows say debits %s, credits %s; transfers say %s, %s',
              coalesce(kept.debits, 0), coalesce(kept.credits, 0), coalesce(moved.debits, 0), coalesce(moved.credits, 0))
FROM moved FULL JOIN kept USING (account_id) LEFT JOIN account a ON a.id = account_id
WHERE coalesce(moved.debits, 0) <> coalesce(kept.debits, 0) OR coalesce(moved.credits, 0) <> coalesce(kept.credits, 0)
LIMIT 50
