INSERT INTO exception_item (id, kind, reason, subject, payment_id, inbound_event_id, amount_minor, currency, detail,
                            status, created_at, resolved_by, resolution)
SELECT id, kind, reason, subject, payment_id, inbound_event_id, amount_minor, currency, detail, 'open', clock_timestamp(), '', ''
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::bigint[], %s::text[], %s::text[])
     AS item (id, kind, reason, subject, payment_id, inbound_event_id, amount_minor, currency, detail)
ON CONFLICT (kind, subject) WHERE status = 'open' DO NOTHING
