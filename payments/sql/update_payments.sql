UPDATE payment p
SET method = n.method, status = n.status, amount_minor = n.amount_minor, received_minor = n.received_minor, account = n.account,
    status_at = n.status_at, settled_at = n.settled_at
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[])
     AS n (id, method, status, amount_minor, received_minor, account, status_at, settled_at)
WHERE p.id = n.id AND p.id BETWEEN %s::uuid AND %s::uuid
