-- Counts what this transaction decided, and keeps the lease of the drain that decides it.
INSERT INTO queue_state (name, holder, leased_until, completed, failed)
VALUES (%s, %s, clock_timestamp() + %s * interval '1 second', %s, %s)
ON CONFLICT (name) DO UPDATE
SET completed = queue_state.completed + excluded.completed,
    failed = queue_state.failed + excluded.failed,
    leased_until = CASE WHEN queue_state.holder = excluded.holder THEN excluded.leased_until ELSE queue_state.leased_until END
