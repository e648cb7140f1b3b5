UPDATE balance b
SET debits_minor = b.debits_minor + m.debits, credits_minor = b.credits_minor + m.credits, held_minor = b.held_minor + m.held
FROM unnest(%s::bigint[], %s::smallint[], %s::bigint[], %s::bigint[], %s::bigint[]) AS m (account_id, slot, debits, credits, held)
WHERE b.account_id = m.account_id AND b.slot = m.slot
