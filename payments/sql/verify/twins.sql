-- Impossible while the primary keys stand; each partition has its own, and this looks across them.
SELECT * FROM (
    SELECT format('%s:%s:%s', gateway, kind, reference) AS subject, format('%s keys of one name', count(*)) AS fault
    FROM natural_key GROUP BY gateway, kind, reference HAVING count(*) > 1
    UNION ALL
    SELECT 'payment ' || id, format('%s rows of one id', count(*)) FROM payment GROUP BY id HAVING count(*) > 1
) AS twin
LIMIT 50
