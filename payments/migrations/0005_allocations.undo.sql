DROP TRIGGER refuse_moved_payment ON payment;
DROP FUNCTION refuse_moved_payment();
