WITH stored AS (
    INSERT INTO inbound_event (id, gateway, kind, body, received_at)
    SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::bytea[], %s::timestamptz[])
    RETURNING id
)
INSERT INTO inbound_pending (event_id) SELECT id FROM stored
