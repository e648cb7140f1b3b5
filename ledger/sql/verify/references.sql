SELECT coalesce(t.reference, r.reference),
       CASE WHEN r.reference IS NULL THEN format('transfer %s does not own its reference', t.id)
            WHEN t.id IS NULL THEN format('taken by transfer %s, which is not there', r.transfer_id)
            ELSE format('transfer %s is also named %s', t.id, r.reference) END
FROM transfer_reference r FULL JOIN transfer t ON t.id = r.transfer_id
WHERE r.reference IS DISTINCT FROM t.reference
LIMIT 50
