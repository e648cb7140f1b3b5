SELECT payment_id::text, kind, reference, booked_minor FROM natural_key WHERE payment_id = ANY(%s::uuid[])
