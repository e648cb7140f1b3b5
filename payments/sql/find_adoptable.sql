-- Prompts that were sent within the window, though their payments may have been born long before it: a prompt waits while its
-- gateway is out of reach. Where nothing says when it was sent, the birth has to do. Whom the payer meant counts, not where the
-- money is: it may be in suspense, or allocated. That is one condition, put so that two indexes serve it: payment_account and,
-- for the few that went elsewhere, payment_meant_for.
SELECT p.id::text
FROM payment p
LEFT JOIN payment_attempt a ON a.payment_id = p.id AND a.operation = 'charge'
WHERE (p.account = %(account)s AND p.named_account = p.account
       OR p.named_account = %(account)s AND NOT (p.named_account = p.account))
    AND p.id BETWEEN %(born_after)s AND %(born_before)s
    AND p.gateway = %(gateway)s AND p.amount_minor = %(amount_minor)s AND p.currency = %(currency)s
    AND CASE WHEN a.sent_at IS NULL THEN p.id >= %(unsent_born_after)s
             ELSE a.sent_at BETWEEN %(sent_after)s AND %(sent_before)s END
    AND EXISTS (SELECT 1 FROM natural_key k WHERE k.payment_id = p.id AND k.kind = %(adopts)s)
    AND NOT EXISTS (SELECT 1 FROM natural_key k WHERE k.payment_id = p.id AND k.kind = %(receipt)s)
ORDER BY p.id
