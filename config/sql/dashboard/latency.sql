SELECT gateway, tenths, sum(bookings) FILTER (WHERE day >= %(today)s)::bigint, sum(bookings) FILTER (WHERE day >= %(week)s)::bigint,
       sum(bookings) FILTER (WHERE day >= %(month)s)::bigint
FROM latency_rollup
WHERE day BETWEEN least(%(week)s, %(month)s) AND %(today)s
GROUP BY gateway, tenths
ORDER BY gateway, tenths
