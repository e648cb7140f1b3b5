SELECT 1 FROM rollup_state WHERE name = 'payments' FOR UPDATE
