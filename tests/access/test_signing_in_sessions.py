"""How long a session lasts, and what ends it everywhere."""

from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session

from access.models import AuditEntry, User
from access.services.users import set_user_active
from access.tasks import forget_sessions
from tests.access.entering import PASSWORD, Visitor, give_password

ACT = {"actor": "system:test", "reason": "On leave."}
MINUTE, HOUR = 60, 3600


@pytest.fixture
def inside(officer: Any, staff_door: Any) -> Visitor:
    give_password(officer)
    return Visitor().settle_in()


def test_after_half_an_hour_without_a_request_one_is_signed_out(inside, staff_door):
    staff_door.shift(31 * MINUTE)
    assert not inside.inside
    assert SESSION_KEY not in inside.browser.session


def test_a_stolen_cookie_is_worth_no_more_than_the_browsers(inside, staff_door):
    stolen = inside.browser.cookies["sessionid"].value
    staff_door.shift(31 * MINUTE)
    thief = Visitor()
    thief.browser.cookies["sessionid"] = stolen

    assert not thief.inside, "the server keeps the time, not the cookie"


def test_whoever_works_stays_signed_in_for_ten_hours_and_not_longer(inside, staff_door):
    for _ in range(20):
        staff_door.shift(29 * MINUTE)
        assert inside.inside
    staff_door.shift(21 * MINUTE)

    assert not inside.inside
    assert "sessionid" not in inside.browser.cookies or inside.browser.cookies["sessionid"].value == ""


def test_a_session_is_saved_once_a_minute_while_it_is_used(inside, staff_door, django_assert_num_queries, monkeypatch):
    saves: list[str] = []
    plain = Session.save
    monkeypatch.setattr(Session, "save", lambda self, *args, **kwargs: saves.append("once") or plain(self, *args, **kwargs))
    for _ in range(6):
        staff_door.shift(20)
        assert inside.inside
    assert len(saves) == 2


def test_a_request_without_a_cookie_asks_the_database_nothing_about_sessions(db, client, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/health")


def test_a_session_that_does_not_say_when_it_began_has_ended(inside):
    session = inside.browser.session
    del session["began_at"]
    session.save()
    assert not inside.inside


def test_a_new_password_signs_out_everywhere_but_here_and_is_audited(inside, staff_door, officer):
    elsewhere = Visitor()
    elsewhere.key = inside.key
    elsewhere.password()
    elsewhere.enter(elsewhere.code())
    assert elsewhere.inside
    new = {"old_password": PASSWORD, "new_password1": "quite another one", "new_password2": "quite another one"}
    assert inside.browser.post("/admin/password_change/", new).status_code == 302

    assert inside.inside
    assert not elsewhere.inside
    entry = AuditEntry.objects.get(act="access.change_password")
    assert (entry.actor, entry.target) == (officer.actor, officer.actor)


def test_a_password_that_is_refused_leaves_no_entry(inside):
    inside.browser.post("/admin/password_change/", {"old_password": PASSWORD, "new_password1": "a", "new_password2": "a"})
    assert not AuditEntry.objects.filter(act="access.change_password").exists()


def test_who_is_switched_off_is_out_at_once_and_stays_out_when_switched_on_again(inside, officer):
    set_user_active(user=officer, active=False, **ACT)
    assert not inside.inside
    assert inside.password().status_code == 200

    other = Visitor()
    other.browser.cookies["sessionid"] = inside.browser.cookies["sessionid"].value
    set_user_active(user=officer, active=True, **ACT)
    assert not other.inside
    assert inside.password().status_code == 302


def test_switching_off_is_audited_once_however_often_it_is_done(officer):
    for _ in range(2):
        set_user_active(user=officer, active=False, **ACT)

    entry = AuditEntry.objects.get(act="access.set_user_active")
    assert (entry.target, entry.before, entry.after) == (officer.actor, {"is_active": True}, {"is_active": False})
    assert not User.objects.get(pk=officer.pk).is_active


def test_sessions_that_ran_out_are_forgotten_and_others_are_not(inside, staff_door, approver):
    give_password(approver)
    staff_door.shift(31 * MINUTE)
    late = Visitor()
    late.password(approver.email)
    for _ in range(2):
        forget_sessions()

    assert [row.session_key for row in Session.objects.all()] == [late.browser.cookies["sessionid"].value]
