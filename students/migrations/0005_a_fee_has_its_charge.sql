-- A fee in the books is one that was charged: the row that says what for is written first, in the same transaction.
CREATE FUNCTION refuse_uncharged_fee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM fee_charge f JOIN student s ON s.id = f.student_id
        JOIN account a ON a.code = 'student:' || s.student_id || ':' || f.currency
        WHERE 'fee:' || f.reference = NEW.reference AND f.reference = substr(NEW.reference, 5) AND f.transfer_id = NEW.id
          AND f.amount_minor = NEW.amount_minor AND f.currency = NEW.currency AND a.id = NEW.debit_account_id
    ) THEN
        RAISE EXCEPTION '%: no such fee was charged', NEW.reference USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER refuse_uncharged_fee BEFORE INSERT ON transfer FOR EACH ROW
    WHEN (NEW.kind = 'fee') EXECUTE FUNCTION refuse_uncharged_fee();
