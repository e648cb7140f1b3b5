WITH opened AS (
    INSERT INTO account (code, kind, currency, guarded, slots, state, owner, created_at)
    SELECT code, kind, currency, guarded, slots, 'open', owner, now()
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::boolean[], %s::smallint[], %s::text[])
        AS wanted (code, kind, currency, guarded, slots, owner)
    ORDER BY code
    ON CONFLICT (code) DO NOTHING
    RETURNING id, guarded, slots
)
INSERT INTO balance (account_id, slot, guarded, debits_minor, credits_minor, held_minor)
SELECT id, slot, guarded, 0, 0, 0 FROM opened CROSS JOIN generate_series(0, slots - 1) AS slot
