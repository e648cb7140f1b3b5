-- What the runtime role may do: read and write all rows, but only read and insert those that are immutable; own nothing.
CREATE OR REPLACE FUNCTION grant_runtime(role_name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    rule text;
    wanted text;
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', role_name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %I', role_name);
    EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO %I', role_name);
    FOR rule IN SELECT p.relid::regclass::text FROM table_rule, LATERAL pg_partition_tree(name::regclass) p WHERE immutable
                UNION SELECT name FROM table_rule WHERE immutable LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM %I', rule, role_name);
    END LOOP;
    FOR rule, wanted IN SELECT name, grants FROM table_rule WHERE grants IS NOT NULL LOOP
        EXECUTE format('REVOKE ALL ON %I FROM %I', rule, role_name);
        EXECUTE format('GRANT %s ON %I TO %I', wanted, rule, role_name);
    END LOOP;
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON table_rule, django_migrations FROM %I', role_name);
    REVOKE EXECUTE ON FUNCTION ensure_partitions_of(text, timestamptz, integer), ensure_partitions(integer), analyze_partitioned() FROM PUBLIC;
    EXECUTE format('GRANT EXECUTE ON FUNCTION ensure_partitions_of(text, timestamptz, integer), ensure_partitions(integer), analyze_partitioned() TO %I', role_name);
END $$;
