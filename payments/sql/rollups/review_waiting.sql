WITH moved_on AS (
    SELECT w.payment_id, p.status FROM waiting_payment w JOIN payment p ON p.id = w.payment_id WHERE p.status <> w.status
), ended AS (
    DELETE FROM waiting_payment
    WHERE payment_id IN (SELECT payment_id FROM moved_on WHERE status <> ALL (%(statuses)s::text[]))
)
UPDATE waiting_payment w SET status = moved_on.status
FROM moved_on WHERE w.payment_id = moved_on.payment_id AND moved_on.status = ANY (%(statuses)s::text[])
