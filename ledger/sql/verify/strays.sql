SELECT reference, format('transfer %s lies in the default partition: no month was made for it', id) FROM transfer_default LIMIT 50
