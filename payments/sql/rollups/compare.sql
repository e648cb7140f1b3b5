-- The final rows against the steps below the mark, hour by hour and day by day: what is kept, and what should be.
WITH hourly AS MATERIALIZED (
    SELECT date_trunc('hour', at AT TIME ZONE %(zone)s) AS wall_hour, gateway, currency,
           CASE WHEN u.payment_id IS NULL THEN e.method ELSE '' END AS method, sum(bookings) AS bookings,
           sum(booked_minor) AS booked_minor, sum(succeeded) AS succeeded, sum(failed) AS failed, sum(cancelled) AS cancelled,
           sum(expired) AS expired
    FROM payment_effects(%(low)s::uuid, %(mark)s::uuid) e LEFT JOIN unnamed_payment u USING (payment_id)
    GROUP BY 1, 2, 3, 4
), counted AS (
    SELECT coalesce(whole_day, extract(hour FROM wall_hour)::integer) AS hour, wall_hour::date AS day, gateway, currency, method,
           sum(bookings) AS bookings, sum(booked_minor) AS booked_minor, sum(succeeded) AS succeeded, sum(failed) AS failed,
           sum(cancelled) AS cancelled, sum(expired) AS expired
    FROM hourly CROSS JOIN (VALUES (NULL), (24)) AS span (whole_day)
    WHERE wall_hour >= %(first)s
    GROUP BY 1, 2, 3, 4, 5
), kept AS (
    SELECT hour, day, gateway, currency, method, bookings, booked_minor, succeeded, failed, cancelled, expired
    FROM payment_rollup WHERE final AND day >= %(first)s
)
SELECT day, hour, gateway, currency, method, what, coalesce(had, 0)::bigint, coalesce(wanted, 0)::bigint
FROM kept k FULL JOIN counted c USING (hour, day, gateway, currency, method)
CROSS JOIN LATERAL (VALUES
    ('bookings', k.bookings, c.bookings), ('booked_minor', k.booked_minor, c.booked_minor), ('succeeded', k.succeeded, c.succeeded),
    ('failed', k.failed, c.failed), ('cancelled', k.cancelled, c.cancelled), ('expired', k.expired, c.expired)
) AS pair (what, had, wanted)
WHERE coalesce(had, 0) <> coalesce(wanted, 0)
ORDER BY day, hour, gateway, currency, method, what
LIMIT 50
