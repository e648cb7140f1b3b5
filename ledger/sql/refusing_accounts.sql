SELECT code, state FROM account WHERE id = ANY(%s::bigint[]) AND state IN ('frozen', 'closed')
