-- Count the final rows of the days from `first` on anew, from the steps below `mark`. A payment that was counted without a method stays so
-- here: a step above the mark may have named it since, and moves its counts where that step is counted.
WITH hourly AS MATERIALIZED (
    SELECT wall_hour::date AS day, extract(hour FROM wall_hour)::integer AS hour, part.*
    FROM (
        SELECT date_trunc('hour', at AT TIME ZONE %(zone)s) AS wall_hour, gateway, currency,
               CASE WHEN u.payment_id IS NULL THEN e.method ELSE '' END AS method, tenths,
               sum(bookings) AS bookings, sum(booked_minor) AS booked_minor, sum(succeeded) AS succeeded,
               sum(failed) AS failed, sum(cancelled) AS cancelled, sum(expired) AS expired,
               array_agg(payment_id) FILTER (WHERE e.method = '') AS nameless
        FROM payment_effects(%(low)s::uuid, %(mark)s::uuid) e LEFT JOIN unnamed_payment u USING (payment_id)
        GROUP BY 1, 2, 3, 4, 5
    ) AS part
    WHERE wall_hour >= %(first)s
), nameless AS (
    INSERT INTO unnamed_payment SELECT DISTINCT unnest(nameless) FROM hourly ON CONFLICT DO NOTHING
), latency AS (
    INSERT INTO latency_rollup (day, gateway, tenths, final, bookings)
    SELECT day, gateway, tenths, true, sum(bookings) FROM hourly WHERE tenths IS NOT NULL GROUP BY 1, 2, 3
)
INSERT INTO payment_rollup (hour, day, gateway, currency, method, final, bookings, booked_minor, succeeded, failed, cancelled, expired)
SELECT coalesce(whole_day, hour), day, gateway, currency, method, true,
       sum(bookings), sum(booked_minor), sum(succeeded), sum(failed), sum(cancelled), sum(expired)
FROM hourly CROSS JOIN (VALUES (NULL), (24)) AS span (whole_day)
GROUP BY 1, 2, 3, 4, 5
