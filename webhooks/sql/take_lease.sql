INSERT INTO queue_state (name, holder, leased_until, completed, failed)
VALUES (%(queue)s, %(holder)s, clock_timestamp() + %(lease)s * interval '1 second', 0, 0)
ON CONFLICT (name) DO UPDATE
SET holder = excluded.holder, leased_until = excluded.leased_until
WHERE queue_state.holder = excluded.holder OR queue_state.leased_until IS NULL OR queue_state.leased_until < clock_timestamp()
