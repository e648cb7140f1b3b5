INSERT INTO account_rollup AS kept (word, currency, above, above_minor, below, below_minor, counted_at)
SELECT word, currency, count(*) FILTER (WHERE net > 0), coalesce(sum(net) FILTER (WHERE net > 0), 0),
       count(*) FILTER (WHERE net < 0), coalesce(-sum(net) FILTER (WHERE net < 0), 0), statement_timestamp()
FROM (
    SELECT split_part(a.code, ':', 1) AS word, a.currency,
           CASE WHEN a.kind IN ('asset', 'expense') THEN 1 ELSE -1 END * sum(b.debits_minor - b.credits_minor) AS net
    FROM account a JOIN balance b ON b.account_id = a.id
    GROUP BY a.id
) AS book
GROUP BY word, currency
ORDER BY word, currency
-- Who began to read later knows better.
ON CONFLICT (word, currency) DO UPDATE
SET above = excluded.above, above_minor = excluded.above_minor, below = excluded.below, below_minor = excluded.below_minor,
    counted_at = excluded.counted_at
WHERE kept.counted_at < excluded.counted_at
