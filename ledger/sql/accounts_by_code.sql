SELECT code, id, currency, guarded, slots, created_at < now() FROM account WHERE code = ANY(%s::text[])
