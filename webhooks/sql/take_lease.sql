-- Another's lease is seen without a lock, which would be on the row that every batch of the other one moves.
INSERT INTO queue_state (name, holder, leased_until, completed, failed)
SELECT %(queue)s, %(holder)s, clock_timestamp() + %(lease)s * interval '1 second', 0, 0
WHERE NOT EXISTS (
    SELECT FROM queue_state WHERE name = %(queue)s AND holder <> %(holder)s AND leased_until > clock_timestamp()
)
ON CONFLICT (name) DO UPDATE
SET holder = excluded.holder, leased_until = excluded.leased_until
WHERE queue_state.holder = excluded.holder OR queue_state.leased_until IS NULL OR queue_state.leased_until < clock_timestamp()
