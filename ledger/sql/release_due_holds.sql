WITH released AS (
    UPDATE hold SET expired_minor = expired_minor + due.open_minor, open_minor = 0
    FROM (SELECT id, open_minor FROM hold WHERE account_id = ANY(%s::bigint[]) AND open_minor > 0 AND expires_at <= %s) AS due
    WHERE hold.id = due.id
    RETURNING hold.account_id, due.open_minor
)
SELECT account_id, sum(open_minor)::bigint, count(*) FROM released GROUP BY account_id
