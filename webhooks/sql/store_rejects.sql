INSERT INTO inbound_reject (id, gateway, status, reason, size, sample, address, suppressed, received_at)
SELECT * FROM unnest(%s::uuid[], %s::text[], %s::smallint[], %s::text[], %s::bigint[], %s::bytea[], %s::text[], %s::integer[],
                     %s::timestamptz[])
