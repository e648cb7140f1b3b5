INSERT INTO payment (id, gateway, method, status, amount_minor, received_minor, currency, account, named_account, reference,
                     status_at, created_at, settled_at, order_id)
SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[],
                     %s::text[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::uuid[])
