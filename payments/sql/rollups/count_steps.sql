-- Add what the steps from `low` to below `high` did, in one statement and so at one point. A payment's method may be said after it was
-- counted without one; then what its earlier steps counted moves from no method to that one.
WITH fresh AS MATERIALIZED (
    SELECT * FROM payment_effects(%(low)s::uuid, %(high)s::uuid)
), named AS (
    SELECT payment_id FROM unnamed_payment WHERE payment_id IN (SELECT payment_id FROM fresh WHERE method <> '')
), nameless AS (
    INSERT INTO unnamed_payment SELECT DISTINCT payment_id FROM fresh WHERE method = '' AND %(final)s ON CONFLICT DO NOTHING
), forgotten AS (
    DELETE FROM unnamed_payment WHERE payment_id IN (SELECT payment_id FROM named) AND %(final)s
), moved AS (
    SELECT * FROM payment_effects('00000000-0000-0000-0000-000000000000', %(low)s::uuid)
    WHERE payment_id = ANY (ARRAY(SELECT payment_id FROM named))
), effect AS (
    SELECT at AT TIME ZONE %(zone)s AS at, gateway, currency, method, bookings, booked_minor, succeeded, failed, cancelled, expired FROM fresh
    UNION ALL
    SELECT at AT TIME ZONE %(zone)s, gateway, currency, method, bookings, booked_minor, succeeded, failed, cancelled, expired FROM moved
    UNION ALL
    SELECT at AT TIME ZONE %(zone)s, gateway, currency, '', -bookings, -booked_minor, -succeeded, -failed, -cancelled, -expired FROM moved
), latency AS (
    INSERT INTO latency_rollup AS kept (day, gateway, tenths, final, bookings)
    SELECT (at AT TIME ZONE %(zone)s)::date, gateway, tenths, %(final)s, count(*) FROM fresh WHERE tenths IS NOT NULL GROUP BY 1, 2, 3
    ON CONFLICT (day, gateway, tenths, final) DO UPDATE SET bookings = kept.bookings + excluded.bookings
)
INSERT INTO payment_rollup AS kept (hour, day, gateway, currency, method, final, bookings, booked_minor, succeeded, failed, cancelled, expired)
SELECT coalesce(whole_day, extract(hour FROM at)::integer), at::date, gateway, currency, method, %(final)s,
       sum(bookings), sum(booked_minor), sum(succeeded), sum(failed), sum(cancelled), sum(expired)
FROM effect CROSS JOIN (VALUES (NULL), (24)) AS span (whole_day)
GROUP BY 1, 2, 3, 4, 5
ON CONFLICT (hour, day, gateway, currency, method, final) DO UPDATE
SET bookings = kept.bookings + excluded.bookings, booked_minor = kept.booked_minor + excluded.booked_minor,
    succeeded = kept.succeeded + excluded.succeeded, failed = kept.failed + excluded.failed,
    cancelled = kept.cancelled + excluded.cancelled, expired = kept.expired + excluded.expired
