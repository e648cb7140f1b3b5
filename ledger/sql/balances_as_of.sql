-- Today's sums less what took effect later, so that one index or one scan answers without adding up a whole past.
WITH later AS (
    SELECT account_id, sum(debit)::numeric AS debits, sum(credit)::numeric AS credits
    FROM (
        SELECT debit_account_id AS account_id, amount_minor AS debit, 0 AS credit FROM transfer WHERE effective_at > %(instant)s
        UNION ALL
        SELECT credit_account_id, 0, amount_minor FROM transfer WHERE effective_at > %(instant)s
    ) AS side
    GROUP BY account_id
), now AS (
    SELECT account_id, sum(debits_minor) AS debits, sum(credits_minor) AS credits FROM balance GROUP BY account_id
)
SELECT a.code,
       (CASE WHEN a.kind IN ('asset', 'expense') THEN 1 ELSE -1 END
        * (now.debits - now.credits - coalesce(later.debits, 0) + coalesce(later.credits, 0)))::bigint
FROM account a JOIN now ON now.account_id = a.id LEFT JOIN later ON later.account_id = a.id
WHERE %(owner)s = '' OR a.owner = %(owner)s
