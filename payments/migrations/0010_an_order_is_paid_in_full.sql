-- Whoever types its name at a till may send any sum: what pays an order is that all of it has come.
CREATE OR REPLACE FUNCTION refuse_fallen_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.merchant_id, NEW.amount_minor, NEW.currency, NEW.account, NEW.bill_reference, NEW.created_at)
        IS DISTINCT FROM (OLD.id, OLD.merchant_id, OLD.amount_minor, OLD.currency, OLD.account, OLD.bill_reference, OLD.created_at) THEN
        RAISE EXCEPTION 'order %: its amount, currency and merchant are what they are', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status = 'paid' AND (NEW.status, NEW.paid_payment_id, NEW.paid_at) IS DISTINCT FROM (OLD.status, OLD.paid_payment_id, OLD.paid_at) THEN
        RAISE EXCEPTION 'order % is paid by payment %', OLD.id, OLD.paid_payment_id USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status <> NEW.status AND NOT (OLD.status = 'created' OR NEW.status = 'paid') THEN
        RAISE EXCEPTION 'order % may not go from % to %', OLD.id, OLD.status, NEW.status USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status <> NEW.status AND NEW.status = 'paid'
        AND (SELECT coalesce(sum(received_minor), 0) FROM payment WHERE order_id = NEW.id) < NEW.amount_minor THEN
        RAISE EXCEPTION 'order %: less has come for it than it asks for', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
