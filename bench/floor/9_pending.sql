WITH gone AS (
    DELETE FROM inbound_pending
    WHERE event_id = ANY(ARRAY(SELECT inbound_id FROM bench_staging WHERE n >= %(first)s AND n < %(last)s)) RETURNING 1
)
INSERT INTO queue_state (name, holder, completed, failed) SELECT 'inbound', '', count(*), 0 FROM gone
ON CONFLICT (name) DO UPDATE SET completed = queue_state.completed + excluded.completed
