-- The closed list of what a transfer may be, and between which accounts. What moves money in a new way adds its row by migration.
CREATE TABLE transfer_kind (
    kind text PRIMARY KEY CHECK (kind ~ '^[a-z][a-z_]{0,39}$'),
    debits text[] NOT NULL CHECK (cardinality(debits) > 0),
    credits text[] NOT NULL CHECK (cardinality(credits) > 0),
    by_hand boolean NOT NULL,
    undone_by_hand boolean NOT NULL
);
COMMENT ON TABLE transfer_kind IS 'LIKE patterns of the codes it debits and credits; does it, and does its reversal, take a second person above a limit?';

INSERT INTO transfer_kind (kind, debits, credits, by_hand, undone_by_hand) VALUES
    -- What a gateway tells us, either way.
    ('payment', '{gateway:%:clearing:%}', '{student:%,wallet:%,merchant:%:payable:%,suspense:%}', false, false),
    -- What our own code books: what an order got too much of, what an owner owes for a fact, what was charged.
    ('excess', '{merchant:%:payable:%}', '{suspense:%}', false, true),
    ('shortfall', '{owed:%}', '{wallet:%}', false, true),
    ('fee', '{student:%}', '{income:%}', false, true),
    -- What staff book. Only an allocation takes money out of suspense: an adjustment touches any account but that.
    ('allocation', '{suspense:%}', '{student:%,wallet:%,merchant:%:payable:%}', true, true),
    ('write_off', '{expense:%}', '{student:%}', true, true),
    ('adjustment', '{student:%,wallet:%,merchant:%,gateway:%,bank:%,income:%,expense:%,equity:%,owed:%}',
                   '{student:%,wallet:%,merchant:%,gateway:%,bank:%,income:%,expense:%,equity:%,owed:%}', true, true),
    -- The mirror of another, whose accounts it swaps; the other says who may.
    ('reversal', '{%}', '{%}', true, true);

-- One look at all rows of a statement, an array of accounts for each kind and debit: a batch's payments cost a percent of the batch,
-- where a function call for each of them would cost a tenth.
CREATE FUNCTION refuse_misshapen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT side.kind, d.code AS debit, c.code AS credit INTO wrong
    FROM (SELECT kind, debit_account_id, reverses_id IS NOT NULL AS mirrors, array_agg(credit_account_id) AS credit_account_ids
          FROM booked GROUP BY 1, 2, 3) AS side
    JOIN account d ON d.id = side.debit_account_id
    LEFT JOIN transfer_kind k ON k.kind = side.kind
    JOIN account c ON c.id = ANY (side.credit_account_ids)
    WHERE (d.code LIKE ANY (k.debits) AND c.code LIKE ANY (k.credits) AND side.mirrors = (side.kind = 'reversal')) IS NOT TRUE
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'no % goes from % to %', wrong.kind, wrong.debit, wrong.credit USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER refuse_misshapen AFTER INSERT ON transfer REFERENCING NEW TABLE AS booked
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_misshapen();

-- What was given up for a student since then by single persons: written off, or cancelled of their fees. What was above its own
-- limit had its second person.
CREATE FUNCTION given_up_alone(account bigint, since uuid) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(t.amount_minor), 0)
    FROM transfer t LEFT JOIN transfer mirrored ON mirrored.id = t.reverses_id
    JOIN approval_limit l ON l.currency = t.currency AND l.most_minor >= t.amount_minor
        AND l.kind = CASE WHEN t.kind = 'write_off' THEN 'write_off' WHEN mirrored.kind = 'fee' THEN 'fee_reversal' END
    WHERE t.credit_account_id = account AND t.id >= since AND t.kind IN ('write_off', 'reversal')
$$;

-- Ten write-offs of what one person may write off alone are one large one, and so are ten fees that are cancelled: both count, by
-- student, for thirty days.
CREATE OR REPLACE FUNCTION refuse_unapproved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    limited text := NEW.kind;
    takes_two boolean;
    mirrored transfer;
    most bigint;
    counted numeric := NEW.amount_minor;
BEGIN
    SELECT by_hand INTO takes_two FROM transfer_kind WHERE kind = NEW.kind;
    IF NOT FOUND THEN
        RAISE EXCEPTION '%: there is no transfer of kind %', NEW.reference, NEW.kind USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.kind = 'reversal' THEN
        SELECT * INTO mirrored FROM transfer WHERE id = NEW.reverses_id;
        IF (mirrored.debit_account_id, mirrored.credit_account_id, mirrored.amount_minor, mirrored.kind <> 'reversal', 'reversal:' || mirrored.id)
           IS DISTINCT FROM (NEW.credit_account_id, NEW.debit_account_id, NEW.amount_minor, true, NEW.reference) THEN
            RAISE EXCEPTION '%: it mirrors no transfer', NEW.reference USING ERRCODE = 'restrict_violation';
        END IF;
        limited := mirrored.kind || '_reversal';
        SELECT undone_by_hand INTO takes_two FROM transfer_kind WHERE kind = mirrored.kind;
    END IF;
    IF NOT takes_two THEN
        RETURN NEW;
    END IF;
    SELECT most_minor INTO most FROM approval_limit WHERE kind = limited AND currency = NEW.currency;
    IF limited IN ('write_off', 'fee_reversal') THEN
        -- Whoever books as our code does holds this row already; nobody else books around another who is not done.
        PERFORM FROM balance WHERE account_id = NEW.credit_account_id FOR NO KEY UPDATE;
        counted := counted + given_up_alone(NEW.credit_account_id, uuid7_floor(clock_timestamp() - interval '30 days'));
    END IF;
    -- An id that is older than its booking would be left out by the next count.
    IF counted <= most
       AND (limited NOT IN ('write_off', 'fee_reversal') OR NEW.id >= uuid7_floor(clock_timestamp() - interval '1 day')) THEN
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

-- Named are the kinds that are spared, what gateways and our own code book, so that no kind is spared by being forgotten.
DROP TRIGGER refuse_unapproved ON transfer;
CREATE TRIGGER refuse_unapproved BEFORE INSERT ON transfer FOR EACH ROW
    WHEN (NEW.kind NOT IN ('payment', 'excess', 'shortfall', 'fee')) EXECUTE FUNCTION refuse_unapproved();
