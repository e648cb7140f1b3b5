-- No foreign key points at a partitioned table, so it is proved here that nothing speaks of what is not there.
(SELECT concat(gateway, ':', kind, ':', reference), format('names payment %s, which is not there', payment_id)
 FROM natural_key k WHERE NOT EXISTS (SELECT 1 FROM payment p WHERE p.id = k.payment_id) LIMIT 20)
UNION ALL
(SELECT h.id::text, format('is the history of payment %s, which is not there', payment_id)
 FROM payment_history h WHERE NOT EXISTS (SELECT 1 FROM payment p WHERE p.id = h.payment_id) LIMIT 20)
UNION ALL
(SELECT p.id::text, 'is a payment that no natural key knows'
 FROM payment p WHERE NOT EXISTS (SELECT 1 FROM natural_key k WHERE k.payment_id = p.id) LIMIT 20)
UNION ALL
(SELECT o.event_id::text, 'is the outcome of an inbound event that is not there'
 FROM inbound_outcome o WHERE NOT EXISTS (SELECT 1 FROM inbound_event e WHERE e.id = o.event_id) LIMIT 20)
UNION ALL
(SELECT w.event_id::text, 'waits, and its inbound event is not there'
 FROM inbound_pending w WHERE NOT EXISTS (SELECT 1 FROM inbound_event e WHERE e.id = w.event_id) LIMIT 20)
UNION ALL
(SELECT e.id::text, 'neither waits nor was decided'
 FROM inbound_event e
 WHERE NOT EXISTS (SELECT 1 FROM inbound_outcome o WHERE o.event_id = e.id)
   AND NOT EXISTS (SELECT 1 FROM inbound_pending w WHERE w.event_id = e.id) LIMIT 20)
