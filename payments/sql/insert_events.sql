INSERT INTO event (id, type, subject, owner, payload, created_at)
SELECT id, type, subject, owner,
       jsonb_build_object('id', subject, 'status', status, 'amount', amount, 'received', received, 'booked', booked, 'currency', currency,
                          'account', account, 'gateway', gateway, 'gateway_reference', reference),
       %s
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[],
            %s::text[], %s::text[])
     AS e (id, type, subject, owner, status, amount, received, booked, currency, account, gateway, reference)
