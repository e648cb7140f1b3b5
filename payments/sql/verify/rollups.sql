-- What payments received is what the rollups say came, with the steps that they leave to the next pass. While nothing was counted for
-- good, nothing can be wrong with it.
WITH kept AS (
    SELECT gateway, currency, sum(booked_minor) AS minor FROM payment_rollup WHERE final AND hour = 24 GROUP BY gateway, currency
), newest AS (
    SELECT p.gateway, p.currency, sum(h.booked_minor) AS minor
    FROM payment_history h JOIN payment p ON p.id = h.payment_id
    WHERE h.booked_minor > 0 AND h.id >= (SELECT mark FROM rollup_state WHERE name = 'payments')
    GROUP BY p.gateway, p.currency
), counted AS (
    SELECT gateway, currency, sum(minor) AS minor FROM (SELECT * FROM kept UNION ALL SELECT * FROM newest) AS both_parts GROUP BY gateway, currency
), received AS (
    SELECT gateway, currency, sum(received_minor) AS minor FROM payment GROUP BY gateway, currency
)
SELECT format('%s %s', gateway, currency),
       format('rollups and the steps after them say %s, payments received %s', coalesce(counted.minor, 0), coalesce(received.minor, 0))
FROM counted FULL JOIN received USING (gateway, currency)
WHERE coalesce(counted.minor, 0) <> coalesce(received.minor, 0)
    AND EXISTS (SELECT FROM rollup_state WHERE name = 'payments' AND mark > '00000000-0000-0000-0000-000000000000')
LIMIT 50
