WITH locked AS MATERIALIZED (
    SELECT account_id, guarded, credits_minor - debits_minor - held_minor AS available, held_minor
    FROM balance WHERE account_id = ANY(%s::bigint[]) AND slot = 0
    ORDER BY account_id
    FOR NO KEY UPDATE
)
SELECT account_id, available, held_minor FROM locked WHERE guarded
