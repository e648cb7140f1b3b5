WITH kept AS (
    SELECT account_id, sum(held_minor) AS held FROM balance GROUP BY account_id
), reserved AS (
    SELECT account_id, sum(open_minor) AS held FROM hold WHERE open_minor <> 0 GROUP BY account_id
)
SELECT coalesce(a.code, 'account ' || account_id),
       format('balance says %s is held, open holds say %s', coalesce(kept.held, 0), coalesce(reserved.held, 0))
FROM kept FULL JOIN reserved USING (account_id) LEFT JOIN account a ON a.id = account_id
WHERE coalesce(kept.held, 0) <> coalesce(reserved.held, 0)
LIMIT 50
