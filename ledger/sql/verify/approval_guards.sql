-- What asks for the second person must stand: on approvals, and on transfers and each partition of them. What looks at a whole
-- statement stands on the table that statements name.
WITH wanted AS (
    SELECT relid, 'refuse_unapproved' AS name FROM pg_partition_tree('transfer')
    UNION ALL
    SELECT 'transfer'::regclass, 'refuse_misshapen'
    UNION ALL
    SELECT 'approval'::regclass, unnest(ARRAY['guard_new_approval', 'guard_approval', 'refuse_removal', 'refuse_truncate'])
)
SELECT wanted.relid::regclass::text, format('trigger %s does not guard it', wanted.name)
FROM wanted
WHERE NOT EXISTS (SELECT 1 FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid
                  WHERE t.tgrelid = wanted.relid AND t.tgname = wanted.name AND t.tgenabled IN ('O', 'A')
                    AND (f.proname = 'refuse_change' OR f.prosrc LIKE '%RAISE EXCEPTION%'))
LIMIT 50
