WITH news AS (
    INSERT INTO event (id, type, subject, owner, payload, created_at)
    SELECT event_id, 'payment.succeeded', 'pay_past' || n, owner,
           jsonb_build_object('id', 'pay_past' || n, 'status', 'succeeded', 'amount', amount_minor, 'received', amount_minor,
                              'booked', amount_minor, 'currency', 'KES', 'account', code, 'gateway', 'cellulant',
                              'gateway_reference', reference),
           at
    FROM past ORDER BY n
    RETURNING 1
)
INSERT INTO queue_state (name, holder, completed, failed) SELECT 'inbound', '', count(*), 0 FROM news
ON CONFLICT (name) DO UPDATE SET completed = queue_state.completed + excluded.completed
