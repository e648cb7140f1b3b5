-- Nothing comes back where someone else is counting.
SELECT 1 FROM rollup_state WHERE name = 'payments' FOR UPDATE SKIP LOCKED
