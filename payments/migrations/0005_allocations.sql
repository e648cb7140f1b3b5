-- Money that was booked stays with its account. Out of suspense it goes as a whole, with the transfer that takes it there.
CREATE FUNCTION refuse_moved_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.received_minor = 0 THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM transfer_reference r JOIN transfer t ON t.id = r.transfer_id
        JOIN account debit ON debit.id = t.debit_account_id JOIN account credit ON credit.id = t.credit_account_id
        WHERE r.reference = 'allocation:' || OLD.id AND t.kind = 'allocation' AND t.amount_minor = OLD.received_minor
          AND debit.code = OLD.account AND OLD.account = 'suspense:' || OLD.currency AND credit.code = NEW.account
    ) THEN
        RAISE EXCEPTION 'payment %: its money is booked to %', OLD.id, OLD.account USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER refuse_moved_payment BEFORE UPDATE ON payment FOR EACH ROW
    WHEN (OLD.account IS DISTINCT FROM NEW.account) EXECUTE FUNCTION refuse_moved_payment();
