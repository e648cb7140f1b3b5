-- Whole days from `since` on; and of a few days what had come by a full hour of the wall clock, to compare a day that is not over with.
SELECT day, gateway, currency, false AS by_hour, sum(bookings)::bigint, sum(booked_minor)::bigint, sum(succeeded)::bigint,
       sum(failed)::bigint, sum(cancelled)::bigint, sum(expired)::bigint
FROM payment_rollup
WHERE hour = 24 AND day BETWEEN %(since)s AND %(today)s
GROUP BY day, gateway, currency
UNION ALL
SELECT day, gateway, currency, true, sum(bookings)::bigint, sum(booked_minor)::bigint, 0, 0, 0, 0
FROM payment_rollup
WHERE hour < %(hour)s AND day = ANY (%(partly)s::date[])
GROUP BY day, gateway, currency
