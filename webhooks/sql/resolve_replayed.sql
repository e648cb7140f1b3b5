-- An item that tells word for word what is told now stays open as it is.
UPDATE exception_item
SET status = 'resolved', resolved_at = clock_timestamp(), resolved_by = r.actor, resolution = r.ending
FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS r (event_id, actor, ending)
WHERE exception_item.inbound_event_id = r.event_id AND status = 'open' AND kind IN ('quarantine', 'conflict', 'poison')
  AND NOT EXISTS (
      SELECT 1
      FROM unnest(%s::text[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::text[],
                  %s::text[])
           AS told (kind, reason, subject, payment_id, inbound_event_id, amount_minor, currency, detail, status, reference)
      WHERE told.kind = exception_item.kind AND told.subject = exception_item.subject
        AND (told.reason, told.payment_id, told.amount_minor, told.currency, told.detail, told.reference)
            IS NOT DISTINCT FROM (exception_item.reason, exception_item.payment_id, exception_item.amount_minor,
                                  exception_item.currency, exception_item.detail, exception_item.reference)
  )
