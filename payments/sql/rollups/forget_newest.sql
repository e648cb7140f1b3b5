WITH latencies AS (DELETE FROM latency_rollup WHERE NOT final)
DELETE FROM payment_rollup WHERE NOT final
