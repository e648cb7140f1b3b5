SELECT code, state FROM account WHERE code = ANY(%s::text[])
