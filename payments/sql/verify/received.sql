-- What a payment has received is what its keys booked, and what its history booked.
WITH keyed AS (
    SELECT payment_id AS id, sum(booked_minor) AS minor FROM natural_key WHERE booked_minor IS NOT NULL AND NOT confirms GROUP BY payment_id
), told AS (
    SELECT payment_id AS id, sum(booked_minor) AS minor FROM payment_history WHERE booked_minor > 0 GROUP BY payment_id
)
SELECT coalesce(p.id, keyed.id, told.id)::text,
       format('received %s, its keys booked %s, its history %s', coalesce(p.received_minor::text, 'no such payment'),
              coalesce(keyed.minor, 0), coalesce(told.minor, 0))
FROM payment p FULL JOIN keyed ON keyed.id = p.id FULL JOIN told ON told.id = coalesce(p.id, keyed.id)
WHERE coalesce(p.received_minor, -1) <> coalesce(keyed.minor, 0) OR coalesce(keyed.minor, 0) <> coalesce(told.minor, 0)
LIMIT 50
