-- The ids are UUIDv7s of their instant, told apart by their last digit; `spread` is a slice of a hash, where new ones are random.
CREATE TEMPORARY TABLE past ON COMMIT DROP AS
SELECT n, at, 'PAST-' || n AS reference, account_id, code, 'student:' || split_part(code, ':', 2) AS owner,
       10000 + (n * 7919) %% 4000000 AS amount_minor,
       (head || spread || '1')::uuid AS inbound_id, (head || spread || '2')::uuid AS payment_id,
       (head || spread || '3')::uuid AS history_id, (head || spread || '4')::uuid AS transfer_id,
       (head || spread || '5')::uuid AS event_id
FROM (
    SELECT n, at, lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') AS head,
           '7' || left(md5(n::text), 3) || '8' || substr(md5(n::text), 4, 14) AS spread
    FROM (
        SELECT n, now() - make_interval(secs => %(days)s * 86400.0 * (%(payments)s - n) / %(payments)s + 60) AS at
        FROM generate_series(%(first)s::bigint, %(last)s - 1) AS n
    ) AS instant
) AS instant
JOIN (
    SELECT id AS account_id, code, row_number() OVER (ORDER BY id) - 1 AS number FROM account WHERE code LIKE 'student:%%:KES'
) AS student ON student.number = n %% %(students)s
