UPDATE natural_key k SET booked_minor = b.booked_minor
FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[]) AS b (gateway, kind, reference, booked_minor)
WHERE k.gateway = b.gateway AND k.kind = b.kind AND k.reference = b.reference
