UPDATE balance b SET credits_minor = b.credits_minor + moved.credits, debits_minor = b.debits_minor + moved.debits
FROM (
    SELECT account_id, sum(amount_minor) AS credits, 0 AS debits
    FROM bench_staging WHERE n >= %(first)s AND n < %(last)s GROUP BY account_id
    UNION ALL
    SELECT %(clearing)s::bigint, 0, sum(amount_minor) FROM bench_staging WHERE n >= %(first)s AND n < %(last)s
) AS moved
WHERE b.account_id = moved.account_id AND b.slot = 0
