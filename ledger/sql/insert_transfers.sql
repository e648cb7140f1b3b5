INSERT INTO transfer (id, debit_account_id, credit_account_id, amount_minor, currency, kind, reference, effective_at, reverses_id, hold_id, memo)
SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::timestamptz[],
                     %s::uuid[], %s::uuid[], %s::text[])
