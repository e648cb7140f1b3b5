-- An allocation takes all that came for its payment out of suspense, and the payment is booked where it went.
WITH allocation AS (
    SELECT t.*, debit.code AS debit, credit.code AS credit,
           CASE WHEN t.reference ~ '^allocation:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN split_part(t.reference, ':', 2)::uuid END AS payment_id
    FROM transfer t LEFT JOIN account debit ON debit.id = t.debit_account_id LEFT JOIN account credit ON credit.id = t.credit_account_id
    WHERE t.kind = 'allocation' OR t.reference LIKE 'allocation:%'
), judged AS (
    SELECT a.reference, CASE
        WHEN p.id IS NULL THEN 'its payment is not there'
        WHEN a.kind <> 'allocation' OR a.debit <> 'suspense:' || p.currency THEN format('it is a %s out of %s', a.kind, a.debit)
        WHEN a.credit <> p.account THEN format('it credits %s, the payment is booked to %s', a.credit, p.account)
        WHEN a.amount_minor <> came.minor THEN format('it moves %s, and %s had come into suspense', a.amount_minor, came.minor)
        END AS fault
    FROM allocation a LEFT JOIN payment p ON p.id = a.payment_id
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(t.amount_minor), 0) AS minor
        FROM natural_key k
        JOIN transfer_reference r ON r.reference = 'payment:' || k.gateway || ':' || k.kind || ':' || k.reference
        JOIN transfer t ON t.id = r.transfer_id AND t.credit_account_id = a.debit_account_id
        WHERE k.payment_id = p.id
    ) AS came
)
SELECT reference, fault FROM judged WHERE fault IS NOT NULL LIMIT 50
