SELECT h.reference, fault
FROM hold h LEFT JOIN account a ON a.id = h.account_id
CROSS JOIN LATERAL (VALUES
    (h.amount_minor <> h.posted_minor + h.voided_minor + h.expired_minor + h.open_minor, 'amount is not posted + voided + expired + open'),
    (least(h.amount_minor - 1, h.posted_minor, h.voided_minor, h.expired_minor, h.open_minor) < 0, 'a part is below zero'),
    (a.id IS NULL OR NOT a.guarded, 'it is on no guarded account'),
    (a.currency <> h.currency, 'its account is kept in another currency'),
    (h.expired_minor > 0 AND h.expires_at IS NULL, 'expired without a time to do so')
) AS rule (broken, fault)
WHERE broken
LIMIT 50
