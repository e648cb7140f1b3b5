UPDATE hold h
SET posted_minor = h.posted_minor + draw.amount_minor, open_minor = h.open_minor - draw.amount_minor
FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[]) AS draw (hold_id, account_id, amount_minor)
WHERE h.id = draw.hold_id AND h.account_id = draw.account_id AND h.open_minor >= draw.amount_minor
RETURNING h.id
