DROP TRIGGER refuse_forgotten_payment ON payment;
DROP TRIGGER refuse_truncate ON natural_key;
DROP TRIGGER refuse_forgotten_key ON natural_key;
DROP TRIGGER refuse_rebooked_key ON natural_key;
DROP FUNCTION refuse_rebooked_key();
DROP TRIGGER refuse_fallen_payment ON payment;
DROP FUNCTION refuse_fallen_payment();
DROP FUNCTION payment_rank(text);
