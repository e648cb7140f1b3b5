-- What a pass goes by, asked when it has its turn: a statement that also took the lock could read what another pass has just written by
-- a snapshot from before that, and take the xid in it for one from the future. Last come where the mark may go with a later pass: the
-- time is this statement's beginning, which is before its snapshot, and so before any xid that the snapshot does not know.
SELECT mark, next_mark, zone,
       -- An xid that was not given out yet is another cluster's, from before a restore: nothing of then is under way here.
       next_xid <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint
           OR next_xid > pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
       counted_at IS NULL OR clock_timestamp() NOT BETWEEN counted_at
           AND counted_at + least(%(rest)s * seconds, %(longest)s) * interval '1 second',
       greatest(next_mark, uuid7_floor(statement_timestamp() - %(margin)s * interval '1 second')),
       pg_snapshot_xmax(pg_current_snapshot())::text::bigint
FROM rollup_state WHERE name = 'payments'
