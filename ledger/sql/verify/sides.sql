WITH side AS (
    SELECT debit_account_id AS account_id, currency, count(*) AS transfers FROM transfer GROUP BY debit_account_id, currency
    UNION ALL
    SELECT credit_account_id, currency, count(*) FROM transfer GROUP BY credit_account_id, currency
), wrong AS (
    SELECT coalesce(a.code, 'account ' || side.account_id) AS subject,
           CASE WHEN a.id IS NULL THEN format('%s transfers name it, and it is not there', transfers)
                ELSE format('%s transfers in %s on an account kept in %s', transfers, side.currency, a.currency) END AS fault
    FROM side LEFT JOIN account a ON a.id = side.account_id
    WHERE a.currency IS DISTINCT FROM side.currency
    UNION ALL
    SELECT reference, format('moves %s between %s and %s', amount_minor, debit_account_id, credit_account_id)
    FROM transfer WHERE amount_minor <= 0 OR debit_account_id = credit_account_id
)
SELECT subject, fault FROM wrong LIMIT 50
