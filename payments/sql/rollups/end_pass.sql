UPDATE rollup_state
SET mark = %(mark)s, next_mark = %(next_mark)s, next_xid = coalesce(%(next_xid)s, next_xid), zone = %(zone)s,
    counted_at = clock_timestamp(), seconds = coalesce(%(seconds)s, seconds)
WHERE name = 'payments'
