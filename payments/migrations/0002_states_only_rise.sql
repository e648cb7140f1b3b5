CREATE FUNCTION payment_rank(status text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE
        WHEN status = 'created' THEN 0
        WHEN status IN ('pending', 'requires_action', 'unknown') THEN 1
        WHEN status IN ('failed', 'expired', 'cancelled') THEN 2
        WHEN status = 'authorized' THEN 3
        WHEN status = 'voided' THEN 4
        WHEN status = 'partially_paid' THEN 5
        WHEN status = 'succeeded' THEN 6
        WHEN status = 'partially_refunded' THEN 7
        WHEN status = 'refunded' THEN 8
    END
$$;

-- The refunded states alone may be recomputed downwards, to succeeded: a refund can fail after it had succeeded.
CREATE FUNCTION refuse_fallen_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF payment_rank(NEW.status) < payment_rank(OLD.status) AND payment_rank(NEW.status) < 6 THEN
        RAISE EXCEPTION 'payment % may not fall from % to %', OLD.id, OLD.status, NEW.status USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.received_minor < OLD.received_minor THEN
        RAISE EXCEPTION 'payment % has received % already, it may not be %', OLD.id, OLD.received_minor, NEW.received_minor
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.id, NEW.gateway, NEW.currency, NEW.named_account, NEW.created_at)
        IS DISTINCT FROM (OLD.id, OLD.gateway, OLD.currency, OLD.named_account, OLD.created_at)
        OR (NEW.amount_minor <> OLD.amount_minor AND OLD.amount_minor <> 0) THEN
        RAISE EXCEPTION 'payment %: its gateway, amount, currency and owner are what they are', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER refuse_fallen_payment BEFORE UPDATE ON payment FOR EACH ROW EXECUTE FUNCTION refuse_fallen_payment();

CREATE FUNCTION refuse_rebooked_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.gateway, NEW.kind, NEW.reference, NEW.payment_id) IS DISTINCT FROM (OLD.gateway, OLD.kind, OLD.reference, OLD.payment_id)
        OR OLD.booked_minor IS NOT NULL THEN
        RAISE EXCEPTION 'natural key %:%:% is booked or belongs to its payment', OLD.gateway, OLD.kind, OLD.reference
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER refuse_rebooked_key BEFORE UPDATE ON natural_key FOR EACH ROW EXECUTE FUNCTION refuse_rebooked_key();
CREATE TRIGGER refuse_forgotten_key BEFORE DELETE ON natural_key FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON natural_key FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_forgotten_payment BEFORE DELETE ON payment FOR EACH ROW EXECUTE FUNCTION refuse_change();
