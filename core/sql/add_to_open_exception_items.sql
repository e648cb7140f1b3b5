INSERT INTO exception_item (id, kind, reason, subject, payment_id, inbound_event_id, amount_minor, currency, detail,
                            status, reference, created_at, resolved_by, resolution)
SELECT id, kind, reason, subject, payment_id, inbound_event_id, amount_minor, currency, detail, status, reference,
       clock_timestamp(), '', ''
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::bigint[], %s::text[], %s::text[],
            %s::text[], %s::text[])
     AS item (id, kind, reason, subject, payment_id, inbound_event_id, amount_minor, currency, detail, status,
              reference)
ON CONFLICT (kind, subject) WHERE status = 'open' DO UPDATE
SET amount_minor = coalesce(exception_item.amount_minor, 0) + excluded.amount_minor, detail = excluded.detail
