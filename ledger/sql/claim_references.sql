INSERT INTO transfer_reference (reference, transfer_id)
SELECT reference, transfer_id FROM unnest(%s::text[], %s::uuid[]) AS claim (reference, transfer_id)
ORDER BY reference
ON CONFLICT (reference) DO NOTHING
