-- NOT ENFORCED exists from PostgreSQL 18 on; through jsonb the column may be missing.
SELECT wanted.relation, format('constraint %%s is missing, or does not hold for all rows', wanted.name)
FROM unnest(%s::text[], %s::text[]) AS wanted (relation, name)
LEFT JOIN pg_constraint c ON c.conrelid = to_regclass(wanted.relation) AND c.conname = wanted.name
WHERE c.oid IS NULL OR NOT c.convalidated OR to_jsonb(c) ->> 'conenforced' = 'false'
LIMIT 50
