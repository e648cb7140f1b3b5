WITH wanted AS (
    SELECT relid, name FROM pg_partition_tree('payment')
    CROSS JOIN unnest(ARRAY['refuse_fallen_payment', 'refuse_moved_payment', 'refuse_forgotten_payment']) AS name
    UNION ALL
    SELECT relid, 'refuse_unless_whole' FROM pg_partition_tree('transfer')
    UNION ALL
    SELECT 'natural_key'::regclass, unnest(ARRAY['refuse_rebooked_key', 'refuse_forgotten_key', 'refuse_truncate'])
)
SELECT wanted.relid::regclass::text, format('trigger %s does not guard it', wanted.name)
FROM wanted
WHERE NOT EXISTS (SELECT 1 FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid
                  WHERE t.tgrelid = wanted.relid AND t.tgname = wanted.name AND t.tgenabled IN ('O', 'A')
                    AND (f.proname = 'refuse_change' OR f.prosrc LIKE '%RAISE EXCEPTION%'))
LIMIT 50
