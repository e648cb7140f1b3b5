-- Each guard must stand on its table, and on each partition of it, and be switched on. Bits of tgtype: 8 DELETE, 16 UPDATE, 32 TRUNCATE.
WITH book AS (
    SELECT r.name, p.relid FROM table_rule r CROSS JOIN LATERAL pg_partition_tree(to_regclass(r.name)) p WHERE r.immutable
    UNION
    SELECT name, to_regclass(name) FROM table_rule WHERE immutable
    UNION
    SELECT name, to_regclass(name) FROM unnest(ARRAY['account', 'balance', 'hold']) AS name
), guard AS (
    SELECT t.tgrelid, t.tgname, t.tgtype::integer AS events, t.tgenabled IN ('O', 'A') AS enabled
    FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid
    WHERE f.proname IN ('refuse_change', 'refuse_because') AND f.prosrc LIKE '%RAISE EXCEPTION%'
)
SELECT book.relid::regclass::text, format('nothing refuses %s', act.name)
FROM book CROSS JOIN (VALUES ('UPDATE', 16), ('DELETE', 8), ('TRUNCATE', 32)) AS act (name, event)
WHERE NOT EXISTS (SELECT 1 FROM guard WHERE tgrelid = book.relid AND enabled AND events & act.event <> 0)
UNION ALL
SELECT tgrelid::regclass::text, format('trigger %s is switched off', tgname)
FROM pg_trigger WHERE tgrelid IN (SELECT relid FROM book) AND tgenabled NOT IN ('O', 'A')
UNION ALL
SELECT past, 'its rows are no longer meant to be immutable'
FROM unnest(ARRAY['transfer', 'transfer_reference']) AS past
WHERE NOT EXISTS (SELECT 1 FROM table_rule WHERE name = past AND immutable)
LIMIT 50
