-- Each account's first slot that nobody holds; where all are held, wait for one. The second branch runs only when the first is empty.
SELECT hot.account_id, picked.slot
FROM unnest(%s::bigint[]) AS hot (account_id)
CROSS JOIN LATERAL (
    SELECT slot FROM (
        SELECT slot FROM balance WHERE account_id = hot.account_id ORDER BY slot LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
    ) AS free
    UNION ALL
    SELECT slot FROM (
        SELECT slot FROM balance WHERE account_id = hot.account_id ORDER BY slot LIMIT 1 FOR NO KEY UPDATE
    ) AS busy
    LIMIT 1
) AS picked
