INSERT INTO inbound_outcome (event_id, verdict, reason, detail, payment_id, decided_at)
SELECT o.*, clock_timestamp() FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::uuid[]) o
ON CONFLICT (event_id) DO UPDATE
SET verdict = excluded.verdict, reason = excluded.reason, detail = excluded.detail, payment_id = excluded.payment_id,
    decided_at = excluded.decided_at
