-- An order is paid once, by one payment, and stays paid; what was cancelled or expired may still be paid, by a gateway's fact.
CREATE FUNCTION refuse_fallen_order() RETURNS trigger LANGUAGE plpgsql AS $$
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
    RETURN NEW;
END $$;

CREATE TRIGGER refuse_fallen_order BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION refuse_fallen_order();
CREATE TRIGGER refuse_forgotten_order BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON orders FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What has had an outcome keeps it, and what was sent is never made unsent without the gateway's word (`refused` tries).
CREATE FUNCTION refuse_forgotten_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.number, NEW.payment_id, NEW.gateway, NEW.operation, NEW.amount_minor, NEW.prepared_at)
        IS DISTINCT FROM (OLD.id, OLD.number, OLD.payment_id, OLD.gateway, OLD.operation, OLD.amount_minor, OLD.prepared_at) THEN
        RAISE EXCEPTION 'attempt % is what it is', OLD.number USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status IN ('answered', 'refused') AND NEW.status <> OLD.status THEN
        RAISE EXCEPTION 'attempt % was %', OLD.number, OLD.status USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status = 'unknown' AND NEW.status NOT IN ('unknown', 'answered') THEN
        RAISE EXCEPTION 'attempt % may have been done', OLD.number USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER refuse_forgotten_attempt BEFORE UPDATE ON payment_attempt FOR EACH ROW EXECUTE FUNCTION refuse_forgotten_attempt();
CREATE TRIGGER refuse_lost_attempt BEFORE DELETE ON payment_attempt FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON payment_attempt FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
