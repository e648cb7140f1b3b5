INSERT INTO exception_item (id, kind, reason, subject, payment_id, inbound_event_id, amount_minor, currency, detail,
                            status, created_at, resolved_by, resolution)
SELECT id, kind, reason, subject, payment_id, inbound_event_id, amount_minor, currency, detail, status, clock_timestamp(),
       CASE WHEN status = 'open' THEN '' ELSE 'system:settlement' END, CASE WHEN status = 'open' THEN '' ELSE detail END
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::bigint[], %s::text[], %s::text[],
            %s::text[])
     AS item (id, kind, reason, subject, payment_id, inbound_event_id, amount_minor, currency, detail, status)
ON CONFLICT (kind, subject) WHERE status = 'open' DO NOTHING
