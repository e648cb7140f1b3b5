INSERT INTO rollup_state (name, mark, next_mark, next_xid, zone, seconds)
VALUES ('payments', '00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000', 0, %(zone)s, 0)
ON CONFLICT DO NOTHING
