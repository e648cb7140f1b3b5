INSERT INTO payment_history (id, payment_id, from_status, to_status, booked_minor, source, evidence, inbound_event_id, actor, reason,
                             occurred_at, recorded_at)
SELECT h.*, %s FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::uuid[], %s::text[],
                           %s::text[], %s::timestamptz[]) h
