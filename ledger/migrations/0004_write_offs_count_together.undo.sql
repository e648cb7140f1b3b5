CREATE OR REPLACE FUNCTION refuse_unapproved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    limited text := NEW.kind;
BEGIN
    IF NEW.kind = 'reversal' THEN
        -- Other reversals mirror what a gateway or our own code did; a fee that is taken back is money given up.
        IF NOT EXISTS (SELECT 1 FROM transfer WHERE id = NEW.reverses_id AND kind = 'fee') THEN
            RETURN NEW;
        END IF;
        limited := 'fee_reversal';
    END IF;
    IF NEW.amount_minor <= (SELECT most_minor FROM approval_limit WHERE kind = limited AND currency = NEW.currency) THEN
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
