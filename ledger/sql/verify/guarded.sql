SELECT a.code, fault
FROM account a JOIN balance b ON b.account_id = a.id
CROSS JOIN LATERAL (VALUES
    (a.guarded <> b.guarded, 'its balance row is guarded otherwise than the account'),
    (a.guarded AND b.credits_minor - b.debits_minor - b.held_minor < 0,
     format('guarded, and %s below zero', b.debits_minor + b.held_minor - b.credits_minor)),
    (a.guarded AND (a.slots <> 1 OR a.kind NOT IN ('liability', 'income', 'equity')), 'guarded, with several rows or a kind that debits raise'),
    (NOT a.guarded AND b.held_minor <> 0, 'money is held on an account without a floor'),
    (b.debits_minor < 0 OR b.credits_minor < 0 OR b.held_minor < 0, 'a sum below zero')
) AS rule (broken, fault)
WHERE broken
LIMIT 50
