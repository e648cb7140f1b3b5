"""What staff may do about their own second factor, what an administrator may, and two hands at once."""

import threading
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from access import hashers
from access.errors import SecondFactorStands, WrongCode
from access.models import AuditEntry, Authenticator, RecoveryCode, User
from access.services.second_factor import enroll, prove, renew_recovery_codes, reset_second_factor
from core.crypto import Keyring
from core.errors import Unavailable
from tests.access.entering import EMAIL, ENROLL, LOGIN, OWN, Visitor, code_of, give_password, key_on, words
from tests.racing import race

KEY = b"twenty bytes of key."


@pytest.fixture
def inside(officer: Any, staff_door: Any) -> Visitor:
    give_password(officer)
    return Visitor().settle_in()


def test_the_page_of_ones_own_factor_shows_how_many_codes_are_left(inside):
    page = words(inside.browser.get(OWN))
    assert "10 codes left" in page
    assert inside.browser.get("/admin/").content.decode().count(OWN) > 0, "the account's menu leads there"


def test_it_warns_when_few_codes_are_left(inside):
    RecoveryCode.objects.filter(pk__in=RecoveryCode.objects.values("pk")[:8]).delete()
    assert "Only 2 of your recovery codes are left" in words(inside.browser.get(OWN))
    RecoveryCode.objects.all().delete()
    assert "You have no recovery code left" in words(inside.browser.get(OWN))


def test_where_no_second_factor_is_asked_for_there_is_no_such_page(staff_door, settings, officer):
    give_password(officer)
    settings.STAFF_SECOND_FACTOR = False
    visitor = Visitor()
    visitor.password()
    assert visitor.inside
    assert visitor.browser.get(OWN).status_code == 404
    assert OWN not in visitor.browser.get("/admin/").content.decode()


def test_new_recovery_codes_replace_the_old_ones(inside):
    answer = inside.browser.post(OWN, {"code": inside.code(), "renew": "yes"})

    assert "Your recovery codes" in words(answer)
    assert RecoveryCode.objects.count() == 10
    assert not [code for code in inside.paper if code in answer.content.decode()]
    assert AuditEntry.objects.filter(act="access.renew_recovery_codes").count() == 1
    other = Visitor()
    other.password()
    other.enter(inside.paper[0])
    assert not other.inside


@pytest.mark.parametrize("act", ["renew", "replace"])
def test_nothing_changes_without_a_code(inside, act):
    for code in ("", "000000"):
        assert inside.browser.post(OWN, {"code": code, act: "yes"}).status_code == 200
    assert inside.browser.get(ENROLL).url == LOGIN
    assert RecoveryCode.objects.unused().count() == 10


def test_another_authenticator_replaces_the_one_before_and_ends_its_other_sessions(inside):
    elsewhere = Visitor()
    elsewhere.key = inside.key
    elsewhere.password()
    elsewhere.enter(elsewhere.paper[0] if elsewhere.paper else elsewhere.code())
    assert elsewhere.inside
    old = inside.key
    assert inside.browser.post(OWN, {"code": inside.paper[0], "replace": "yes"}).url == ENROLL
    assert inside.inside, "the old one stands until the new one is proved"

    inside.scan()
    assert inside.key != old
    assert "Your recovery codes" in words(inside.enroll())
    assert inside.inside
    assert not elsewhere.inside
    assert Authenticator.objects.count() == 1
    elsewhere.password()
    elsewhere.enter(code_of(old, 1))
    assert not elsewhere.inside


def test_a_replacement_that_was_begun_is_worth_nothing_in_other_hands(inside, approver):
    inside.browser.post(OWN, {"code": inside.code(), "replace": "yes"})
    inside.browser.logout()
    assert inside.browser.get(ENROLL).url == LOGIN


def reset(*arguments: str, **options: Any) -> None:
    call_command("reset_second_factor", *arguments, **options)


def test_an_administrator_resets_a_factor_and_the_trail_says_who_and_why(inside, officer, approver, capsys):
    reset("Grace@Example.com", actor=approver.email, reason="The phone fell into the lake.")

    assert not inside.inside
    assert not Authenticator.objects.exists()
    assert not RecoveryCode.objects.exists()
    entry = AuditEntry.objects.get(act="access.reset_second_factor")
    assert (entry.actor, entry.target, entry.reason) == (approver.actor, officer.actor, "The phone fell into the lake.")
    assert (entry.before, entry.after) == ({"enrolled": True}, {"enrolled": False})
    assert inside.password().url == ENROLL


@pytest.mark.parametrize(
    ("arguments", "options", "said"),
    [
        (["nobody@example.com"], {"actor": "system:test", "reason": "Lost."}, "Nobody signs in as nobody@example.com"),
        ([EMAIL], {"actor": "nobody@example.com", "reason": "Lost."}, "Nobody signs in as nobody@example.com"),
        ([EMAIL], {"actor": "system:test", "reason": "  "}, "needs an actor, a target and a reason"),
        ([EMAIL], {"actor": "system:test"}, "--reason"),
        ([EMAIL], {"reason": "Lost."}, "--actor"),
    ],
)
def test_a_reset_needs_somebody_somebody_else_and_a_reason(inside, arguments, options, said):
    with pytest.raises(CommandError, match=said):
        reset(*arguments, **options)
    assert inside.inside
    assert Authenticator.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_requests_with_one_code_one_is_believed(staff_door):
    grace = User.objects.create_user(EMAIL, is_staff=True)
    enrolled = enroll(user=grace, key=KEY, code=code_of(KEY, -1))
    for code in (code_of(KEY), enrolled.recovery_codes[0]):
        answers = race(*[partial(prove, user=grace, code=code)] * 6)
        assert [isinstance(answer, WrongCode) for answer in answers].count(False) == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_who_enroll_at_once_one_does(staff_door):
    grace = User.objects.create_user(EMAIL, is_staff=True)
    keys = [bytes([n]) * 20 for n in range(5)]
    answers = race(*[partial(enroll, user=grace, key=key, code=code_of(key)) for key in keys])

    assert [isinstance(answer, SecondFactorStands) for answer in answers].count(False) == 1
    assert RecoveryCode.objects.count() == 10
    assert AuditEntry.objects.filter(act="access.enroll_second_factor").count() == 1


def test_the_runtime_role_may_do_all_of_it(staff_door, officer):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE bursar_app")
        enroll(user=officer, key=KEY, code=code_of(KEY, -1))
        prove(user=officer, code=code_of(KEY))
        prove(user=officer, code=renew_recovery_codes(user=officer)[0])
        reset_second_factor(user=officer, actor="system:test", reason="Lost.")
        cursor.execute("RESET ROLE")
    assert not Authenticator.objects.exists()


def test_a_new_encryption_key_seals_authenticators_again(staff_door, officer, settings, capsys):
    enroll(user=officer, key=KEY, code=code_of(KEY))
    ring = Keyring({"newer": bytes(range(32)), **settings.ENCRYPTION_KEYS})
    with pytest.MonkeyPatch.context() as patch:
        for module in ("core.fields", "core.management.commands.rotate_encryption"):
            patch.setattr(f"{module}.keyring", lambda: ring)
        call_command("rotate_encryption")
        assert bytes(Authenticator.objects.get().key) == KEY
    assert "authenticator.key: 1 sealed again" in capsys.readouterr().out


def test_the_codes_are_those_of_rfc_6238(db):
    """Its appendix B, for SHA-1, cut to six digits."""
    from datetime import UTC, datetime

    from access.models.second_factor import step_of

    for second, code in ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")):
        assert step_of(b"12345678901234567890", code, datetime.fromtimestamp(second, UTC)) == second // 30


def test_no_more_than_two_passwords_are_hashed_at_once(monkeypatch):
    at_once, most, lock = 0, 0, threading.Lock()
    held = threading.Event()

    def slow(*_: Any) -> str:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        held.wait(0.05)
        with lock:
            at_once -= 1
        return "hashed"

    monkeypatch.setattr(Argon2PasswordHasher, "encode", slow)
    threads = [threading.Thread(target=hashers.Argon2InTurn().encode, args=("password", "salt")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def test_a_queue_that_does_not_move_is_told_and_not_joined_for_ever(monkeypatch, inside, caplog):
    monkeypatch.setattr(hashers, "PATIENCE", 0.01)
    monkeypatch.setattr(hashers, "_turns", threading.BoundedSemaphore(1))
    with hashers._turns, pytest.raises(Unavailable):
        hashers.Argon2InTurn().verify("password", "argon2$…")


def test_a_password_is_hashed_by_argon2(db, settings):
    settings.PASSWORD_HASHERS = ["access.hashers.Argon2InTurn"]
    user = User.objects.create_user(EMAIL, "a password")
    assert user.password.startswith("argon2$argon2id$")
    assert user.check_password("a password")
    assert not user.check_password("another password")


def test_nothing_of_an_authenticator_can_be_seen_by_a_role(officer):
    assert not [name for name in officer.get_all_permissions() if "authenticator" in name or "recoverycode" in name]


def test_every_enrolling_page_draws_a_key_of_its_own_session_and_keeps_to_it(officer, staff_door):
    give_password(officer)
    visitor = Visitor()
    visitor.password()
    assert key_on(visitor.browser.get(ENROLL)) == key_on(visitor.browser.get(ENROLL))
    before = key_on(visitor.browser.get(ENROLL))
    visitor.password()
    assert key_on(visitor.browser.get(ENROLL)) != before
