-- An allocation moves all that a payment has in suspense, once. In parts of what one person may allocate alone, a large one would
-- need no second person.
CREATE FUNCTION refuse_part_of_suspense() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM payment p
        JOIN account debit ON debit.code = p.account AND debit.code = 'suspense:' || p.currency
        JOIN transfer_reference r ON r.reference = 'allocation:' || p.id AND r.transfer_id = NEW.id
        WHERE p.id = substring(NEW.reference FROM '^allocation:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$')::uuid
          AND p.received_minor = NEW.amount_minor AND debit.id = NEW.debit_account_id
    ) THEN
        RAISE EXCEPTION '%: it is not all that a payment has in suspense', NEW.reference USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

-- Named so that it comes after `refuse_unapproved`: whether a second person is missing is said first.
CREATE TRIGGER refuse_unless_whole BEFORE INSERT ON transfer FOR EACH ROW
    WHEN (NEW.kind = 'allocation') EXECUTE FUNCTION refuse_part_of_suspense();
