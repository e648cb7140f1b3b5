SELECT ((SELECT sum(debits_minor - credits_minor) FROM balance WHERE account_id = a.id)
        - (SELECT coalesce(sum(amount_minor), 0) FROM transfer WHERE debit_account_id = a.id AND effective_at > %(instant)s)
        + (SELECT coalesce(sum(amount_minor), 0) FROM transfer WHERE credit_account_id = a.id AND effective_at > %(instant)s)
       )::bigint * CASE WHEN a.kind IN ('asset', 'expense') THEN 1 ELSE -1 END
FROM account a WHERE a.code = %(code)s
