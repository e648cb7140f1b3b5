-- The person an actor stands for: the user, or the owner of the merchant. So nobody approves their own request under another name.
CREATE FUNCTION person_behind(actor text) RETURNS uuid LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
    IF actor !~ '^(user|merchant):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
        RETURN NULL;
    END IF;
    IF actor LIKE 'user:%' THEN
        RETURN (SELECT id FROM user_account WHERE id = split_part(actor, ':', 2)::uuid);
    END IF;
    RETURN (SELECT owner_id FROM merchant WHERE id = split_part(actor, ':', 2)::uuid);
END $$;

-- Active staff who hold the permission, by a role, by themselves, or as superuser: what Django's own answer rests on.
CREATE FUNCTION staff_may(person uuid, permission text) RETURNS boolean LANGUAGE sql STABLE STRICT AS $$
    SELECT EXISTS (
        SELECT 1 FROM user_account u
        WHERE u.id = person AND u.is_active AND u.is_staff AND (u.is_superuser OR EXISTS (
            SELECT 1 FROM auth_permission p JOIN django_content_type c ON c.id = p.content_type_id
            WHERE c.app_label = split_part(permission, '.', 1) AND p.codename = split_part(permission, '.', 2) AND (
                EXISTS (SELECT 1 FROM user_account_user_permissions own WHERE own.user_id = u.id AND own.permission_id = p.id)
                OR EXISTS (SELECT 1 FROM user_account_groups role JOIN auth_group_permissions given USING (group_id)
                           WHERE role.user_id = u.id AND given.permission_id = p.id)))))
$$;

CREATE FUNCTION guard_new_approval() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'requested' THEN
        RAISE EXCEPTION 'approval %: it begins as a request', NEW.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.expires_at <= clock_timestamp() THEN
        RAISE EXCEPTION 'approval %: it has expired before it was asked for', NEW.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.requester NOT LIKE 'system:_%' AND person_behind(NEW.requester) IS NULL THEN
        RAISE EXCEPTION 'approval %: nobody is known as %', NEW.id, NEW.requester USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION guard_approval() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.kind, NEW.payload, NEW.digest, NEW.summary, NEW.permission, NEW.requester, NEW.reason, NEW.requested_at, NEW.expires_at)
        IS DISTINCT FROM
       (OLD.id, OLD.kind, OLD.payload, OLD.digest, OLD.summary, OLD.permission, OLD.requester, OLD.reason, OLD.requested_at, OLD.expires_at)
    THEN
        RAISE EXCEPTION 'approval %: what was asked for never changes', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF (OLD.status, NEW.status) NOT IN
        (('requested', 'approved'), ('requested', 'rejected'), ('requested', 'cancelled'), ('approved', 'executed')) THEN
        RAISE EXCEPTION 'approval %: it does not go from % to %; it is decided once and carried out once', OLD.id, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status = 'approved' AND (NEW.approver, NEW.decision_reason, NEW.decided_at)
        IS DISTINCT FROM (OLD.approver, OLD.decision_reason, OLD.decided_at) THEN
        RAISE EXCEPTION 'approval %: its decision stands', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status IN ('approved', 'executed') AND OLD.expires_at <= clock_timestamp() THEN
        RAISE EXCEPTION 'approval %: it has expired', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status IN ('approved', 'rejected') THEN
        IF person_behind(NEW.approver) = person_behind(OLD.requester) THEN
            RAISE EXCEPTION 'approval %: the same person asks and decides', OLD.id USING ERRCODE = 'restrict_violation';
        END IF;
        IF NEW.approver NOT LIKE 'user:%' OR NOT coalesce(staff_may(person_behind(NEW.approver), OLD.permission), false) THEN
            RAISE EXCEPTION 'approval %: % is not active staff with %', OLD.id, NEW.approver, OLD.permission USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER guard_new_approval BEFORE INSERT ON approval FOR EACH ROW EXECUTE FUNCTION guard_new_approval();
CREATE TRIGGER guard_approval BEFORE UPDATE ON approval FOR EACH ROW EXECUTE FUNCTION guard_approval();
CREATE TRIGGER refuse_removal BEFORE DELETE ON approval FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON approval FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
