WITH stored AS (
    INSERT INTO inbound_event (id, gateway, kind, body, received_at)
    SELECT id, gateway, kind, body, 'epoch'::timestamptz + microseconds * interval '1 microsecond'
    FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::bytea[], %s::bigint[]) AS told (id, gateway, kind, body, microseconds)
    RETURNING id
)
INSERT INTO inbound_pending (event_id) SELECT id FROM stored
