DROP TRIGGER refuse_uncharged_fee ON transfer;
DROP FUNCTION refuse_uncharged_fee();
