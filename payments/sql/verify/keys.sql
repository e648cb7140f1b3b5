-- A key that books has the transfer of its name: as much, from its gateway's clearing account, to the payment's own account, or to
-- suspense for a payment that was allocated. A key that finds or confirms has none, and no payment's transfer is without its key.
-- Materialized, so that it is planned for all rows and not for the first fifty; only what is wrong is kept.
WITH judged AS (
    SELECT k.gateway, k.kind, k.reference, CASE
        WHEN p.id IS NULL THEN 'its payment is not there'
        WHEN k.booked_minor IS NULL OR k.confirms THEN
            CASE WHEN t.id IS NOT NULL THEN 'it books nothing, and a transfer goes by its name' END
        WHEN p.gateway <> k.gateway THEN format('its payment came by %s', p.gateway)
        WHEN t.id IS NULL THEN 'booked, and no transfer says so'
        WHEN t.amount_minor <> k.booked_minor OR t.currency <> p.currency OR t.kind <> 'payment'
            THEN format('%s %s booked, and its transfer is a %s of %s %s', k.booked_minor, p.currency, t.kind, t.amount_minor, t.currency)
        WHEN debit.code <> 'gateway:' || k.gateway || ':clearing:' || p.currency THEN format('its transfer debits %s', debit.code)
        WHEN credit.code <> p.account AND (credit.code <> 'suspense:' || p.currency OR NOT EXISTS (
                SELECT 1 FROM transfer_reference a WHERE a.reference = 'allocation:' || p.id))
            THEN format('its transfer credits %s, the payment is booked to %s', credit.code, p.account)
        END AS fault
    FROM natural_key k
    LEFT JOIN payment p ON p.id = k.payment_id
    LEFT JOIN transfer_reference r ON r.reference = 'payment:' || k.gateway || ':' || k.kind || ':' || k.reference
    LEFT JOIN transfer t ON t.id = r.transfer_id
    LEFT JOIN account debit ON debit.id = t.debit_account_id
    LEFT JOIN account credit ON credit.id = t.credit_account_id
), wrong AS MATERIALIZED (
    SELECT * FROM judged WHERE fault IS NOT NULL
)
SELECT format('payment:%s:%s:%s', gateway, kind, reference), fault FROM wrong
UNION ALL
SELECT t.reference, 'money came in, and no key that booked it is known'
FROM transfer t
WHERE t.kind = 'payment' AND NOT EXISTS (
    SELECT 1 FROM natural_key k
    WHERE 'payment:' || k.gateway || ':' || k.kind || ':' || k.reference = t.reference AND k.booked_minor IS NOT NULL AND NOT k.confirms)
LIMIT 50
