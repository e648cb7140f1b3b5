-- What a success rate counts a payment as; NULL while nobody knows how it ends.
CREATE FUNCTION payment_outcome(status text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN status IN ('succeeded', 'partially_refunded', 'refunded') THEN 'succeeded'
                WHEN status IN ('failed', 'cancelled', 'expired') THEN status END
$$;

-- The milliseconds since 1970 at which a UUIDv7 was made.
CREATE FUNCTION uuid7_milliseconds(id uuid) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint
$$;

-- How long something took, on a scale that stays as fine for milliseconds as for days: the least whole number n with 10^(n/10) ms not below.
CREATE FUNCTION latency_tenths(milliseconds bigint) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ceil(10 * log(greatest(milliseconds, 1)::double precision))::smallint
$$;

-- What the steps with ids from `low` to below `high` add to the counts, and when. It reads nothing that a later step could change but
-- the payment's method. How long settling took is read from two ids: the step's is made as it is written, the inbound event's
-- as it was received; both rows may be archived or decided anew without changing it.
CREATE FUNCTION payment_effects(low uuid, high uuid)
RETURNS TABLE (payment_id uuid, at timestamptz, gateway text, currency text, method text, bookings integer, booked_minor bigint,
               succeeded integer, failed integer, cancelled integer, expired integer, tenths smallint)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT h.payment_id, h.recorded_at, p.gateway, p.currency, p.method,
           (h.booked_minor > 0)::integer, h.booked_minor,
           (reached AND payment_outcome(h.to_status) = 'succeeded')::integer, (reached AND h.to_status = 'failed')::integer,
           (reached AND h.to_status = 'cancelled')::integer, (reached AND h.to_status = 'expired')::integer,
           CASE WHEN h.booked_minor > 0 AND h.inbound_event_id IS NOT NULL
                THEN latency_tenths(uuid7_milliseconds(h.id) - uuid7_milliseconds(h.inbound_event_id)) END
    FROM payment_history h
    JOIN payment p ON p.id = h.payment_id
    CROSS JOIN LATERAL (SELECT payment_outcome(h.to_status) IS DISTINCT FROM payment_outcome(h.from_status)) AS outcome (reached)
    WHERE h.id >= low AND h.id < high
        AND (h.booked_minor > 0 OR payment_outcome(h.to_status) IS DISTINCT FROM payment_outcome(h.from_status))
    UNION ALL
    -- It had ended otherwise before: that is taken back where it was counted.
    SELECT h.payment_id, ended.recorded_at, p.gateway, p.currency, p.method, 0, 0,
           0, -(h.from_status = 'failed')::integer, -(h.from_status = 'cancelled')::integer, -(h.from_status = 'expired')::integer, NULL
    FROM payment_history h
    JOIN payment p ON p.id = h.payment_id
    CROSS JOIN LATERAL (
        SELECT e.recorded_at FROM payment_history e
        WHERE e.payment_id = h.payment_id AND e.to_status = h.from_status AND e.from_status <> e.to_status AND e.id <> h.id
        ORDER BY e.id < h.id DESC, e.id DESC
        LIMIT 1
    ) AS ended
    WHERE h.id >= low AND h.id < high AND h.from_status IN ('failed', 'cancelled', 'expired') AND h.to_status <> h.from_status
$$;
