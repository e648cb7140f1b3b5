DROP TRIGGER refuse_unless_whole ON transfer;
DROP FUNCTION refuse_part_of_suspense();
