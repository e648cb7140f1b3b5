-- No foreign key points at a partitioned table, so it is proved here that nothing speaks of what is not there.
(SELECT concat(gateway, ':', kind, ':', reference), format('names payment %s, which is not there', payment_id)
 FROM natural_key k WHERE NOT EXISTS (SELECT 1 FROM payment p WHERE p.id = k.payment_id) LIMIT 20)
UNION ALL
(SELECT h.id::text, format('is the history of payment %s, which is not there', payment_id)
 FROM payment_history h WHERE NOT EXISTS (SELECT 1 FROM payment p WHERE p.id = h.payment_id) LIMIT 20)
UNION ALL
(SELECT h.id::text, format('is the step that inbound event %s made, which is not there', inbound_event_id)
 FROM payment_history h
 WHERE h.inbound_event_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM inbound_event e WHERE e.id = h.inbound_event_id) LIMIT 20)
UNION ALL
(SELECT p.id::text, 'is a payment that no natural key knows'
 FROM payment p WHERE NOT EXISTS (SELECT 1 FROM natural_key k WHERE k.payment_id = p.id) LIMIT 20)
UNION ALL
(SELECT i.id::text, format('is an exception about payment %s, which is not there', payment_id)
 FROM exception_item i WHERE i.payment_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.id = i.payment_id) LIMIT 20)
UNION ALL
(SELECT i.id::text, format('is an exception about inbound event %s, which is not there', inbound_event_id)
 FROM exception_item i
 WHERE i.inbound_event_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM inbound_event e WHERE e.id = i.inbound_event_id) LIMIT 20)
UNION ALL
(SELECT o.event_id::text, 'is the outcome of an inbound event that is not there'
 FROM inbound_outcome o WHERE NOT EXISTS (SELECT 1 FROM inbound_event e WHERE e.id = o.event_id) LIMIT 20)
UNION ALL
(SELECT o.event_id::text, format('concerns payment %s, which is not there', coalesce(o.payment_id::text, 'unnamed'))
 FROM inbound_outcome o
 WHERE (o.payment_id IS NOT NULL OR o.verdict = 'settled') AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.id = o.payment_id) LIMIT 20)
UNION ALL
(SELECT w.event_id::text, 'waits, and its inbound event is not there'
 FROM inbound_pending w WHERE NOT EXISTS (SELECT 1 FROM inbound_event e WHERE e.id = w.event_id) LIMIT 20)
UNION ALL
(SELECT e.id::text, 'neither waits nor was decided'
 FROM inbound_event e
 WHERE NOT EXISTS (SELECT 1 FROM inbound_outcome o WHERE o.event_id = e.id)
   AND NOT EXISTS (SELECT 1 FROM inbound_pending w WHERE w.event_id = e.id) LIMIT 20)
