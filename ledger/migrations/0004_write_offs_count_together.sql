-- Ten write-offs of what one person may write off alone are one large one: what counts against the limit is all that was written
-- off for the account in the 30 days before by write-offs that were each within it. What was above it had its own second person.
CREATE OR REPLACE FUNCTION refuse_unapproved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    limited text := NEW.kind;
    most bigint;
    counted numeric := NEW.amount_minor;
    since uuid := uuid7_floor(clock_timestamp() - interval '30 days');
BEGIN
    IF NEW.kind = 'reversal' THEN
        -- Other reversals mirror what a gateway or our own code did; a fee that is taken back is money given up.
        IF NOT EXISTS (SELECT 1 FROM transfer WHERE id = NEW.reverses_id AND kind = 'fee') THEN
            RETURN NEW;
        END IF;
        limited := 'fee_reversal';
    END IF;
    SELECT most_minor INTO most FROM approval_limit WHERE kind = limited AND currency = NEW.currency;
    IF NEW.kind = 'write_off' THEN
        -- Whoever books as our code does holds this row already; nobody else books around another who is not done.
        PERFORM FROM balance WHERE account_id = NEW.credit_account_id FOR NO KEY UPDATE;
        counted := counted + (
            SELECT coalesce(sum(amount_minor), 0) FROM transfer
            WHERE credit_account_id = NEW.credit_account_id AND id >= since AND kind = 'write_off' AND amount_minor <= most);
    END IF;
    -- An id that is older than its booking would be left out by the next count.
    IF counted <= most AND (NEW.kind <> 'write_off' OR NEW.id >= uuid7_floor(clock_timestamp() - interval '1 day')) THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM approval
        WHERE status = 'approved' AND expires_at > clock_timestamp() AND payload -> 'transfer' = jsonb_build_object(
            'debit', (SELECT code FROM account WHERE id = NEW.debit_account_id),
            'credit', (SELECT code FROM account WHERE id = NEW.credit_account_id),
            'amount_minor', NEW.amount_minor, 'currency', NEW.currency, 'kind', NEW.kind, 'reference', NEW.reference)
    ) THEN
        RAISE EXCEPTION '%: no second person has approved this %', NEW.reference, NEW.kind USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
