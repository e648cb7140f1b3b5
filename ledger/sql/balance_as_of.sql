-- Today's sums less what took effect later.
SELECT ((SELECT sum(debits_minor - credits_minor) FROM balance WHERE account_id = %(account)s)
        - (SELECT coalesce(sum(amount_minor), 0) FROM transfer WHERE debit_account_id = %(account)s AND effective_at > %(instant)s)
        + (SELECT coalesce(sum(amount_minor), 0) FROM transfer WHERE credit_account_id = %(account)s AND effective_at > %(instant)s)
       )::bigint
