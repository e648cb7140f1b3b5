-- Money that came since a prompt was sent, meant for its account, of its amount, under a receipt that no prompt has claimed. It
-- came when the gateway says so; or when it was booked, where that is not known or was overwritten by a refund. Where it went
-- does not matter, as in find_adoptable.
SELECT asked.payment_id::text, k.reference
FROM unnest(%(ids)s::uuid[], %(gateways)s::text[], %(accounts)s::text[], %(amounts)s::bigint[], %(currencies)s::text[],
            %(movements)s::text[], %(receipts)s::text[], %(born)s::timestamptz[])
     AS asked (payment_id, gateway, account, amount_minor, currency, movement, receipt, born_at)
LEFT JOIN payment_attempt a ON a.payment_id = asked.payment_id AND a.operation = 'charge'
CROSS JOIN LATERAL (SELECT coalesce(a.sent_at, asked.born_at) AS at) sent
JOIN payment p ON (p.account = asked.account AND p.named_account = p.account
                   OR p.named_account = asked.account AND NOT (p.named_account = p.account))
    AND p.id >= %(booked_after)s::uuid AND p.id <> asked.payment_id
    AND p.gateway = asked.gateway AND p.received_minor = asked.amount_minor AND p.currency = asked.currency
    AND coalesce(CASE p.status WHEN 'succeeded' THEN p.status_at END, p.created_at)
        BETWEEN sent.at - %(skew)s AND sent.at + %(window)s
JOIN natural_key k ON k.payment_id = p.id AND k.gateway = asked.gateway AND k.kind = asked.receipt
WHERE NOT EXISTS (SELECT 1 FROM natural_key c WHERE c.payment_id = p.id AND c.kind = asked.movement)
ORDER BY k.reference
