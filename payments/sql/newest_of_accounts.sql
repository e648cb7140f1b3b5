SELECT newest.id, whose.account
FROM unnest(%s::text[]) AS whose (account)
CROSS JOIN LATERAL (
    SELECT p.id FROM payment p WHERE p.account = whose.account ORDER BY p.id DESC LIMIT %s
) AS newest
ORDER BY newest.id DESC
LIMIT %s
