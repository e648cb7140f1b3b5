UPDATE balance b SET credits_minor = b.credits_minor + moved.credits, debits_minor = b.debits_minor + moved.debits
FROM (
    SELECT account_id, sum(amount_minor) AS credits, 0 AS debits FROM past GROUP BY account_id
    UNION ALL
    SELECT (SELECT id FROM account WHERE code = 'gateway:cellulant:clearing:KES'), 0, sum(amount_minor) FROM past
) AS moved
WHERE b.account_id = moved.account_id AND b.slot = 0
