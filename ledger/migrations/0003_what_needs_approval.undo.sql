DROP TRIGGER refuse_unapproved ON transfer;
DROP FUNCTION refuse_unapproved();
