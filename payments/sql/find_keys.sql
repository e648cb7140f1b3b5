SELECT k.gateway, k.kind, k.reference, k.payment_id::text
FROM unnest(%s::text[], %s::text[], %s::text[]) AS wanted (gateway, kind, reference)
JOIN natural_key k USING (gateway, kind, reference)
