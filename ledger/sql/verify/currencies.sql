-- Every transfer has two sides of one amount, so each currency's debits are its credits: in the rows and in the running sums.
SELECT currency, format('debits of %s, credits of %s', debits, credits)
FROM (SELECT a.currency, sum(b.debits_minor) AS debits, sum(b.credits_minor) AS credits
      FROM balance b JOIN account a ON a.id = b.account_id GROUP BY a.currency) AS total
WHERE debits <> credits
LIMIT 50
