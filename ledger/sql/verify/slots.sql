SELECT coalesce(wanted.code, 'account ' || b.account_id),
       CASE WHEN b.slot IS NULL THEN format('balance row %s is missing', wanted.slot) ELSE format('balance row %s is one too many', b.slot) END
FROM (SELECT id, code, slot FROM account CROSS JOIN generate_series(0, slots - 1) AS slot) AS wanted
FULL JOIN balance b ON b.account_id = wanted.id AND b.slot = wanted.slot
WHERE b.slot IS NULL OR wanted.slot IS NULL
LIMIT 50
