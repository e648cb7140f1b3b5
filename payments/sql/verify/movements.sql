-- Each key that booked has one transfer of its amount under its reference, and each payment's transfer has its key.
SELECT reference, format('the key booked %s, the transfer moved %s', coalesce(k.booked_minor::text, 'nothing'), coalesce(t.amount_minor::text, 'nothing'))
FROM (
    SELECT concat('payment:', gateway, ':', kind, ':', reference) AS reference, booked_minor
    FROM natural_key WHERE booked_minor IS NOT NULL AND NOT confirms
) k
FULL JOIN (SELECT reference, amount_minor FROM transfer WHERE kind = 'payment' AND reference LIKE 'payment:%') t USING (reference)
WHERE k.booked_minor IS DISTINCT FROM t.amount_minor
LIMIT 50
