-- The rules that make a table immutable or partitioned by month, kept as data so that each new partition gets them too.
-- Everything here belongs to the owner of the tables; the runtime role may only call the two SECURITY DEFINER functions.

CREATE TABLE table_rule (
    name text PRIMARY KEY,
    immutable boolean NOT NULL DEFAULT false,
    partitioned boolean NOT NULL DEFAULT false
);

-- The least UUIDv7 of an instant: its 48 bits of milliseconds, then zeros.
CREATE FUNCTION uuid7_floor(instant timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM instant) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$;

-- An argument names the one column that may still be rewritten: a ciphertext, when keys are rotated (by the owner; no one else has the grant).
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_NARGS = 1 AND to_jsonb(NEW) - TG_ARGV[0] = to_jsonb(OLD) - TG_ARGV[0] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% of % is refused: its rows are immutable', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', HINT = 'Correct the past with a new row: a reversal, an adjustment, another entry.';
END $$;

-- Row triggers reach partitions by inheritance; a TRUNCATE trigger does not, so each partition gets its own.
CREATE FUNCTION refuse_truncate_of(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', target);
END $$;

CREATE FUNCTION make_immutable(target text, rewritable text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO table_rule (name, immutable) VALUES (target, true) ON CONFLICT (name) DO UPDATE SET immutable = true;
    EXECUTE format('CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change(%s)',
        target, coalesce(quote_literal(rewritable), ''));
    PERFORM refuse_truncate_of(relid) FROM pg_partition_tree(format('%I', target)::regclass);
    IF NOT EXISTS (SELECT 1 FROM pg_partition_tree(format('%I', target)::regclass)) THEN
        PERFORM refuse_truncate_of(format('%I', target)::regclass);
    END IF;
END $$;

-- Make the monthly partitions of one table from `first` for `months` months; those that exist are left alone. Returns how many were made.
CREATE FUNCTION ensure_partitions_of(target text, first timestamptz, months integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    rule table_rule;
    month timestamptz;
    partition text;
    made integer := 0;
BEGIN
    SELECT * INTO rule FROM table_rule WHERE name = target AND partitioned;
    IF NOT FOUND THEN
        RAISE EXCEPTION '% is not a partitioned table of ours', target;
    END IF;
    IF months NOT BETWEEN 0 AND 240 THEN
        RAISE EXCEPTION 'months must be from 0 to 240';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('ensure_partitions'));
    FOR step IN 0 .. months - 1 LOOP
        month := (date_trunc('month', first AT TIME ZONE 'UTC') + make_interval(months => step)) AT TIME ZONE 'UTC';
        partition := format('%s_%s', target, to_char(month AT TIME ZONE 'UTC', 'YYYYMM'));
        IF to_regclass(partition) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', partition, target, uuid7_floor(month),
                uuid7_floor((month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC'));
            IF rule.immutable THEN
                PERFORM refuse_truncate_of(partition::regclass);
            END IF;
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END $$;

-- Keep every partitioned table a few months ahead; the runtime role's beat calls this.
CREATE FUNCTION ensure_partitions(months_ahead integer) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(sum(ensure_partitions_of(name, now() - interval '1 month', months_ahead + 2)), 0)::integer FROM table_rule WHERE partitioned
$$;

-- Autovacuum analyzes partitions but never their parents, and a parent without statistics is planned blindly.
CREATE FUNCTION analyze_partitioned() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    parent text;
BEGIN
    FOR parent IN SELECT name FROM table_rule WHERE partitioned ORDER BY name LOOP
        EXECUTE format('ANALYZE %I', parent);
    END LOOP;
END $$;

-- Call right after CREATE TABLE … PARTITION BY RANGE (…): a default partition for strays, last month's, this one's, three ahead.
CREATE FUNCTION make_partitioned(target text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO table_rule (name, partitioned) VALUES (target, true) ON CONFLICT (name) DO UPDATE SET partitioned = true;
    EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', target || '_default', target);
    PERFORM ensure_partitions_of(target, now() - interval '1 month', 5);
END $$;

-- What the runtime role may do: read and write all rows, but only read and insert those that are immutable; own nothing.
CREATE FUNCTION grant_runtime(role_name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    rule text;
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', role_name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %I', role_name);
    EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO %I', role_name);
    FOR rule IN SELECT p.relid::regclass::text FROM table_rule, LATERAL pg_partition_tree(name::regclass) p WHERE immutable
                UNION SELECT name FROM table_rule WHERE immutable LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM %I', rule, role_name);
    END LOOP;
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON table_rule, django_migrations FROM %I', role_name);
    REVOKE EXECUTE ON FUNCTION ensure_partitions_of(text, timestamptz, integer), ensure_partitions(integer), analyze_partitioned() FROM PUBLIC;
    EXECUTE format('GRANT EXECUTE ON FUNCTION ensure_partitions_of(text, timestamptz, integer), ensure_partitions(integer), analyze_partitioned() TO %I', role_name);
END $$;
