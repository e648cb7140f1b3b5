DROP TRIGGER refuse_truncate ON approval;
DROP TRIGGER refuse_removal ON approval;
DROP TRIGGER guard_approval ON approval;
DROP TRIGGER guard_new_approval ON approval;
DROP FUNCTION guard_approval();
DROP FUNCTION guard_new_approval();
DROP FUNCTION staff_may(uuid, text);
DROP FUNCTION person_behind(text);
