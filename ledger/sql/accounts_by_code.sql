SELECT code, id, currency, guarded, slots, owner FROM account WHERE code = ANY(%s::text[])
