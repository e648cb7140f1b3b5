-- Sorted, so that two batches with the same references queue instead of deadlocking. A key that is not inserted has a twin
-- that came first: the caller counts, and starts over with that twin in sight.
INSERT INTO natural_key (gateway, kind, reference, payment_id, booked_minor, confirms)
SELECT gateway, kind, reference, payment_id, booked_minor, confirms
FROM unnest(%s::text[], %s::text[], %s::text[], %s::uuid[], %s::bigint[], %s::boolean[])
     AS k (gateway, kind, reference, payment_id, booked_minor, confirms)
ORDER BY gateway, kind, reference
ON CONFLICT DO NOTHING
