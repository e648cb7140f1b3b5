-- A payment that was asked for, in one statement: the payment, its first key, the first step of its history, the attempt to
-- charge, and the event that says so.
WITH paid AS (
    INSERT INTO payment (id, gateway, method, status, amount_minor, received_minor, currency, account, named_account, reference, order_id,
                         created_at)
    VALUES (%(id)s, %(gateway)s, %(method)s, %(status)s, %(amount_minor)s, 0, %(currency)s, %(account)s, %(account)s, %(reference)s,
            %(order_id)s, %(at)s)
), known AS (
    INSERT INTO natural_key (gateway, kind, reference, payment_id, confirms)
    VALUES (%(gateway)s, %(key_kind)s, %(reference)s, %(id)s, false)
), told AS (
    INSERT INTO payment_history (id, payment_id, from_status, to_status, booked_minor, source, evidence, actor, reason, recorded_at)
    VALUES (%(history_id)s, %(id)s, '', %(status)s, 0, %(source)s, 'request', %(actor)s, '', %(at)s)
), published AS (
    INSERT INTO event (id, type, subject, owner, payload, created_at)
    VALUES (%(event_id)s, 'payment.created', %(reference)s, %(owner)s, %(payload)s, %(at)s)
)
INSERT INTO payment_attempt (id, payment_id, gateway, operation, amount_minor, actor, status, tries, send_after, prepared_at, outcome, detail)
VALUES (%(attempt_id)s, %(id)s, %(gateway)s, 'charge', %(amount_minor)s, %(actor)s, 'prepared', 0, %(at)s, %(at)s, '', '')
