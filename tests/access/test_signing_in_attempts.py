"""How often one may try: a stranger locks nobody out but themselves, and what is locked opens by itself."""

import logging
from typing import Any

import pytest
from django.contrib.auth.backends import ModelBackend

from access.models import AuditEntry, User
from tests.access.entering import CODE, EMAIL, ENROLL, LOGIN, PASSWORD, Visitor, give_password, words

pytestmark = pytest.mark.usefixtures("staff_door", "grace_signs_in")
VALKEY_AWAY = "redis://127.0.0.1:1/0"


@pytest.fixture
def grace_signs_in(officer: Any) -> None:
    give_password(officer)


@pytest.fixture
def away(settings: Any) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": VALKEY_AWAY}}


def guess(times: int, address: str = "192.0.2.66", email: str = EMAIL) -> list[int]:
    return [Visitor(address).password(email, "a guess").status_code for _ in range(times)]


def locks() -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(act="access.lock_sign_in").order_by("id"))


def test_after_ten_attempts_an_account_is_locked_where_they_came_from(officer):
    assert guess(12) == [200] * 10 + [429] * 2

    answer = Visitor("192.0.2.66").password()
    assert answer.status_code == 429, "the right password is not looked at either"
    assert 0 < int(answer["Retry-After"]) <= 300
    assert "Too many attempts" in words(answer)
    assert "Try again in" in words(answer)
    assert Visitor("192.0.2.67").password().status_code == 302, "its owner comes in from elsewhere"


def test_a_lock_is_one_entry_in_the_audit_trail(officer):
    guess(15)

    (lock,) = locks()
    assert (lock.actor, lock.target) == ("system:sign_in", officer.actor)
    assert lock.after == {"rule": "sign_in:account_here", "from": "address:192.0.2.66"}


def test_an_unknown_account_is_locked_like_a_known_one_and_what_was_typed_is_not_kept():
    assert guess(12, email="hunter2@typed.by.mistake") == [200] * 10 + [429] * 2

    (lock,) = locks()
    assert lock.target == "address:192.0.2.66"
    assert "hunter2" not in str([lock.target, lock.reason, lock.before, lock.after])
    unknown = Visitor("192.0.2.66").password("hunter2@typed.by.mistake")
    guess(11, address="192.0.2.68")
    known = Visitor("192.0.2.68").password()
    assert words(unknown).split("Try again in")[0] == words(known).split("Try again in")[0]


def test_a_lock_opens_by_itself_within_five_minutes(staff_door):
    guess(11)
    answer = Visitor("192.0.2.66").password()
    staff_door.shift(int(answer["Retry-After"]) + 1)

    assert Visitor("192.0.2.66").password().status_code == 302


def test_capitals_and_spaces_make_no_fresh_count():
    guess(5)
    guess(5, email=f" {EMAIL.upper()} ")
    assert guess(1, email="Grace@Example.com") == [429]


def from_everywhere(times: int) -> list[int]:
    return [guess(1, address=f"198.51.100.{n}")[0] for n in range(times)]


def test_from_many_addresses_an_account_is_locked_for_strangers_but_not_in_its_owners_browser():
    owner = Visitor("192.0.2.10").settle_in()
    assert from_everywhere(50) == [200] * 49 + [429], "the fiftieth was the owner's own"
    assert Visitor("203.0.113.5").password().status_code == 429, "nobody knows this browser"

    owner.browser.post("/admin/logout/")
    assert owner.password().url == CODE
    assert owner.enter(owner.code()).status_code == 302
    assert owner.inside


def test_a_stranger_in_the_same_network_does_not_lock_out_who_works_there():
    owner = Visitor("192.0.2.66").settle_in()
    for n in range(101):
        guess(1, email=f"nobody{n}@example.com")
    assert guess(1, email="another@example.com") == [429]

    owner.browser.post("/admin/logout/")
    assert owner.password().url == CODE


def test_a_known_browser_has_a_limit_too():
    owner = Visitor().settle_in()
    owner.browser.post("/admin/logout/")

    answers = [owner.password(password="a guess").status_code for _ in range(21)]
    assert answers == [200] * 20 + [429]


def test_a_browsers_mark_is_good_for_its_own_account_and_can_not_be_made_up(approver):
    give_password(approver)
    owner = Visitor("192.0.2.66").settle_in()
    owner.browser.post("/admin/logout/")
    (mark,) = [name for name in owner.browser.cookies if name.startswith("known_")]
    assert EMAIL not in mark
    assert owner.browser.cookies[mark]["httponly"]
    guess(10, email=approver.email)
    assert owner.password(approver.email).status_code == 429

    guess(10)
    thief = Visitor("192.0.2.66")
    thief.browser.cookies[mark] = "made-up:1abcde:signature"
    assert thief.password().status_code == 429


def test_codes_are_guessed_five_times_and_then_not_even_the_right_one_is_looked_at(staff_door, officer):
    owner = Visitor().settle_in()
    thief = Visitor("192.0.2.66")
    thief.key = owner.key
    thief.password()
    assert [thief.enter("000000").status_code for _ in range(5)] == [200] * 5
    answer = thief.enter(thief.code())
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0

    thief.password()
    assert thief.enter(thief.code()).status_code == 429, "not by starting again either"
    (lock,) = locks()
    assert (lock.target, lock.after["rule"]) == (officer.actor, "sign_in:code")
    owner.browser.post("/admin/logout/")
    owner.password()
    assert owner.enter(owner.code()).status_code == 302, "its owner's browser is counted by itself"


def test_codes_are_guessed_fifty_times_a_day_whatever_the_pauses(staff_door):
    Visitor().settle_in()
    thief = Visitor("192.0.2.66")
    guessed = 0
    for _ in range(14):
        thief.password()
        guessed += [thief.enter("000000").status_code for _ in range(5)].count(200)
        staff_door.shift(301)
    assert guessed <= 50 + 50, "fifty, and fifty more where a day ends"


def test_the_first_code_of_an_authenticator_is_not_tried_without_end():
    newcomer = Visitor()
    newcomer.password()
    newcomer.scan()
    answers = [newcomer.browser.post(ENROLL, {"code": "000000"}).status_code for _ in range(21)]
    assert answers == [200] * 20 + [429]


def test_a_new_password_gives_its_owner_a_fresh_count(officer):
    owner = Visitor().settle_in()
    thief = Visitor("192.0.2.66")
    thief.password()
    for _ in range(6):
        thief.enter("000000")
    officer = User.objects.get(pk=officer.pk)
    officer.set_password("quite another password")
    officer.save()

    elsewhere = Visitor("203.0.113.9")
    elsewhere.key = owner.key
    elsewhere.password(password="quite another password")
    assert elsewhere.enter(elsewhere.code()).status_code == 302


def test_without_valkey_nobody_is_let_in_and_no_password_is_looked_at(away, monkeypatch, caplog):
    looked: list[str] = []
    monkeypatch.setattr(ModelBackend, "authenticate", lambda *_, **__: looked.append("at a password"))
    with caplog.at_level(logging.CRITICAL, "django.request"):
        answer = Visitor().password()

    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert "Nobody can sign in right now" in words(answer)
    assert not looked


def test_without_valkey_no_code_is_looked_at(settings, caplog):
    owner = Visitor().settle_in()
    owner.browser.post("/admin/logout/")
    owner.password()
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": VALKEY_AWAY}}
    with caplog.at_level(logging.CRITICAL, "django.request"):
        assert owner.enter(owner.code()).status_code == 503
    assert not owner.inside


def test_without_valkey_whoever_is_inside_goes_on_and_the_page_still_shows(settings):
    owner = Visitor().settle_in()
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": VALKEY_AWAY}}

    assert owner.inside
    assert Visitor().browser.get(LOGIN).status_code == 200


def test_a_password_is_not_guessed_on_the_page_that_changes_it_either():
    owner = Visitor().settle_in()
    wrong = {"old_password": "a guess", "new_password1": "quite another", "new_password2": "quite another"}
    answers = [owner.browser.post("/admin/password_change/", wrong).status_code for _ in range(6)]

    assert answers == [200] * 5 + [429]
    right = owner.browser.post("/admin/password_change/", {**wrong, "old_password": PASSWORD})
    assert right.status_code == 429
