-- What every book holds at an instant, or now: accounts with an owner together by the first word of their codes, those above zero apart
-- from those below. Today's sums less what took effect later. Never prepare this: undated it need not look at transfers at all.
WITH later AS (
    SELECT account_id, sum(net) AS net
    FROM (
        SELECT debit_account_id AS account_id, amount_minor AS net FROM transfer WHERE %(dated)s AND effective_at > %(instant)s
        UNION ALL
        SELECT credit_account_id, -amount_minor FROM transfer WHERE %(dated)s AND effective_at > %(instant)s
    ) AS side
    GROUP BY account_id
), held AS (
    SELECT account_id, sum(debits_minor - credits_minor) AS net FROM balance GROUP BY account_id
), book AS (
    SELECT a.currency, CASE WHEN a.owner = '' THEN a.code ELSE split_part(a.code, ':', 1) END AS name, a.owner <> '' AS shared,
           min(a.kind) AS kind, count(*) AS accounts,
           coalesce(sum(held.net - coalesce(later.net, 0)) FILTER (WHERE held.net > coalesce(later.net, 0)), 0) AS debit_minor,
           coalesce(-sum(held.net - coalesce(later.net, 0)) FILTER (WHERE held.net < coalesce(later.net, 0)), 0) AS credit_minor
    FROM account a JOIN held ON held.account_id = a.id LEFT JOIN later ON later.account_id = a.id
    GROUP BY 1, 2, 3
)
SELECT currency, name, shared, kind, accounts, debit_minor::bigint, credit_minor::bigint
FROM book
WHERE debit_minor <> 0 OR credit_minor <> 0
ORDER BY currency, array_position(ARRAY['asset', 'liability', 'equity', 'income', 'expense'], kind), name
