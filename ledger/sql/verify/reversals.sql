WITH mirror AS (
    SELECT * FROM transfer WHERE reverses_id IS NOT NULL OR kind = 'reversal'
)
SELECT m.reference, fault
FROM mirror m LEFT JOIN transfer t ON t.id = m.reverses_id
CROSS JOIN LATERAL (VALUES
    (m.reverses_id IS NULL OR m.kind <> 'reversal', 'a reversal names what it reverses, and nothing else does'),
    (m.reverses_id IS NOT NULL AND t.id IS NULL, 'what it reverses is not there'),
    (m.amount_minor <> t.amount_minor OR m.currency <> t.currency, 'it moves another amount than what it reverses'),
    (m.debit_account_id <> t.credit_account_id OR m.credit_account_id <> t.debit_account_id, 'it does not swap the accounts'),
    (t.reverses_id IS NOT NULL, 'it reverses a reversal'),
    (m.reference <> 'reversal:' || m.reverses_id, 'its reference does not keep a second reversal out')
) AS rule (broken, fault)
WHERE broken
UNION ALL
SELECT 'transfer ' || reverses_id, format('reversed %s times', count(*)) FROM mirror WHERE reverses_id IS NOT NULL
GROUP BY reverses_id HAVING count(*) > 1
LIMIT 50
