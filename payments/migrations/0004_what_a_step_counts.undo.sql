DROP FUNCTION payment_effects(uuid, uuid);
DROP FUNCTION latency_tenths(bigint);
DROP FUNCTION uuid7_milliseconds(uuid);
DROP FUNCTION payment_outcome(text);
