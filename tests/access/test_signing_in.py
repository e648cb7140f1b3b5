"""Password, second factor, and nobody half: what opens the back office and what does not."""

import re
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection

from access.models import AuditEntry, Authenticator, RecoveryCode, User
from access.services.second_factor import reset_second_factor
from access.services.users import set_user_active
from core.crypto import keyring
from tests.access.entering import CODE, EMAIL, ENROLL, LOGIN, OWN, PASSWORD, Visitor, give_password, key_on, words

pytestmark = pytest.mark.usefixtures("staff_door")


@pytest.fixture
def visitor(officer: Any) -> Visitor:
    give_password(officer)
    return Visitor()


@pytest.fixture
def settled(visitor: Visitor) -> Visitor:
    return visitor.settle_in()


def again(visitor: Visitor) -> Visitor:
    """The same person with the same phone, in a browser that nobody knows."""
    other = Visitor()
    other.key, other.paper = visitor.key, list(visitor.paper)
    return other


def acts() -> list[str]:
    return list(
        AuditEntry.objects.filter(act__startswith="access.")
        .exclude(act="access.assign_role")
        .order_by("id")
        .values_list("act", flat=True)
    )


def test_where_no_second_factor_is_asked_for_the_password_opens(visitor, settings):
    settings.STAFF_SECOND_FACTOR = False

    answer = visitor.password()
    assert (answer.status_code, answer.url) == (302, "/admin/")
    assert visitor.inside
    entry = AuditEntry.objects.get(act="access.sign_in")
    assert entry.after == {"with": "password alone", "from": "address:192.0.2.10"}


def test_a_first_sign_in_sets_up_a_second_factor(visitor, officer):
    assert visitor.password().url == ENROLL
    visitor.scan()
    answer = visitor.enroll()

    assert answer.status_code == 200
    assert len(set(visitor.paper)) == 10
    assert visitor.inside
    assert acts() == ["access.enroll_second_factor", "access.sign_in"]
    assert {entry.actor for entry in AuditEntry.objects.filter(act="access.sign_in")} == {officer.actor}


def test_a_later_sign_in_asks_for_a_code(settled):
    other = again(settled)
    assert other.password().url == CODE
    assert other.enter(other.code()).url == "/admin/"
    assert other.inside


PAGES = [
    "/admin/",
    "/admin/students/student/",
    "/admin/access/auditentry/",
    "/admin/search/?s=a",
    OWN,
    "/admin/password_change/",
    "/admin/jsi18n/",
]


@pytest.mark.parametrize("enrolled", [False, True])
@pytest.mark.parametrize("page", PAGES)
def test_the_password_alone_opens_nothing(visitor, enrolled, page):
    visitor = again(visitor.settle_in()) if enrolled else visitor
    visitor.password()

    assert SESSION_KEY not in visitor.browser.session
    answer = visitor.browser.get(page)
    assert answer.status_code == 302
    assert answer.url.startswith(LOGIN)


@pytest.mark.parametrize("page", PAGES)
def test_a_session_without_a_second_factor_opens_nothing(visitor, officer, page):
    visitor.browser.force_login(officer)

    assert visitor.browser.get(page).url.startswith(LOGIN)
    assert visitor.browser.get(LOGIN).status_code == 200


def test_a_second_factor_is_no_way_around_the_password(settled):
    stranger = Visitor()
    stranger.key = settled.key
    assert stranger.enter(stranger.code()).url == LOGIN
    assert stranger.browser.get(ENROLL).url == LOGIN
    assert not stranger.inside


def test_a_wrong_code_is_told_and_lets_nobody_in(settled):
    other = again(settled)
    other.password()
    answer = other.enter("000000")

    assert "That code is not right" in words(answer)
    assert re.search(r'aria-invalid="true" aria-describedby="id_code_error"', answer.content.decode())
    assert 'id="id_code_error"' in answer.content.decode()
    assert not other.inside


@pytest.mark.parametrize("code", ["", " ", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "0x1234", "-00001", "a" * 41, "123\x00456"])
def test_what_is_no_code_lets_nobody_in(settled, code):
    other = again(settled)
    other.password()
    assert other.enter(code).status_code == 200
    assert not other.inside


@pytest.mark.parametrize(("steps", "opens"), [(-2, False), (-1, False), (0, True), (1, True), (2, False)])
def test_a_phone_may_be_half_a_minute_off_but_no_code_is_older_than_the_last_one(settled, steps, opens):
    """Enrolling took the code of one half minute ago."""
    other = again(settled)
    other.password()
    other.enter(other.code(steps))
    assert other.inside is opens


def test_a_code_is_good_once(settled):
    first, second = again(settled), again(settled)
    first.password()
    second.password()
    code = first.code()
    first.enter(code)

    assert first.inside
    assert "used before" in words(second.enter(code))
    assert not second.inside


def test_after_a_code_of_the_future_the_present_one_is_no_good(settled):
    first, second = again(settled), again(settled)
    first.password()
    first.enter(first.code(1))
    second.password()
    second.enter(second.code(0))

    assert first.inside
    assert not second.inside


def test_a_recovery_code_is_good_once_however_it_is_typed(settled):
    code = settled.paper[3]
    other = again(settled)
    other.password()
    other.enter(f" {code.upper().replace('-', ' ')} ")
    assert other.inside
    entry = AuditEntry.objects.filter(act="access.sign_in").latest("id")
    assert entry.after == {"with": "recovery code", "from": "address:192.0.2.10", "recovery_codes_left": "9"}

    third = again(settled)
    third.password()
    third.enter(code)
    assert not third.inside
    third.enter(settled.paper[4])
    assert third.inside


def test_nobody_uses_the_recovery_codes_of_another(settled, approver):
    give_password(approver)
    david = Visitor()
    david.password(approver.email)
    david.scan()
    david.enroll(-1)

    other = again(david)
    other.password(approver.email)
    other.enter(settled.paper[0])
    assert not other.inside
    assert RecoveryCode.objects.unused().count() == 20


def test_keys_and_codes_can_not_be_read_in_the_database(settled):
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM authenticator")
        (kept,) = cursor.fetchone()
        cursor.execute("SELECT digest FROM recovery_code")
        digests = [bytes(digest) for (digest,) in cursor.fetchall()]

    assert settled.key not in bytes(kept)
    assert keyring().open(kept) == settled.key
    assert not [code for code in settled.paper if code.replace("-", "").encode() in b"".join(digests)]


def test_a_key_that_is_not_proved_yet_lies_sealed_in_one_session_alone(visitor):
    visitor.password()
    visitor.scan()
    other = Visitor()
    other.password()
    other.scan()

    assert visitor.key != other.key
    assert not Authenticator.objects.exists()
    assert visitor.key.hex() not in str(visitor.browser.session.items())
    other.key = visitor.key
    assert "not the code your app should show" in words(other.enroll())


def test_of_two_browsers_that_enroll_at_once_the_second_is_asked_for_the_first_ones_code(visitor):
    other = Visitor()
    for one in (visitor, other):
        one.password()
        one.scan()
    visitor.enroll()

    assert other.enroll().url == CODE
    assert Authenticator.objects.count() == 1
    assert not other.inside


WRONG = {
    "a wrong password": (EMAIL, "not this one"),
    "an unknown account": ("nobody@example.com", PASSWORD),
    "somebody who is no staff": ("student@example.com", PASSWORD),
    "somebody switched off": ("gone@example.com", PASSWORD),
    "somebody without a password": ("unusable@example.com", PASSWORD),
}


@pytest.fixture
def others(db: None) -> None:
    User.objects.create_user("student@example.com", PASSWORD)
    User.objects.create_user("gone@example.com", PASSWORD, is_staff=True, is_active=False)
    User.objects.create_user("unusable@example.com", None, is_staff=True)


@pytest.mark.parametrize("who", WRONG)
def test_whatever_is_wrong_the_answer_is_the_same_word_for_word_and_costs_the_same(visitor, others, who, monkeypatch):
    from django.contrib.auth.hashers import MD5PasswordHasher

    hashed: list[str] = []
    plain = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: hashed.append("once") or plain(*args))
    email, password = WRONG[who]
    answer = visitor.password(email, password)

    assert answer.status_code == 200
    assert "do not belong together, or may not enter here" in words(answer)
    shown = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode()).replace(email, EMAIL)
    assert hash(shown) == _answer_to_a_wrong_password(visitor)
    assert hashed[:1] == ["once"]
    assert len(hashed) == 2, "one for this answer, one for the answer it was compared with"


def _answer_to_a_wrong_password(visitor: Visitor) -> int:
    answer = Visitor().password(EMAIL, "not this one either")
    return hash(re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode()))


def test_an_account_is_found_however_its_address_is_written(visitor):
    assert visitor.password("  GRACE@Example.COM ").url == ENROLL


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/admin/students/student/?q=joan", "/admin/students/student/?q=joan"),
        ("https://evil.example/", "/admin/"),
        ("//evil.example/", "/admin/"),
        ("javascript:alert(1)", "/admin/"),
        ("\\\\evil.example", "/admin/"),
        ("", "/admin/"),
    ],
)
def test_one_arrives_where_one_wanted_to_go_and_never_elsewhere(settled, wanted, reached):
    other = again(settled)
    other.password(next=wanted)
    assert other.enter(other.code()).url == reached


def test_the_step_between_lasts_ten_minutes(settled, staff_door):
    other = again(settled)
    other.password()
    staff_door.shift(599)
    assert other.browser.get(CODE).status_code == 200
    staff_door.shift(2)
    assert other.browser.get(CODE).url == LOGIN
    assert other.enter(other.code()).url == LOGIN


@pytest.mark.parametrize("change", ["password", "switched off", "no staff any more", "sessions ended"])
def test_the_step_between_ends_with_what_it_rested_on(settled, officer, change):
    other = again(settled)
    other.password()
    officer = User.objects.get(pk=officer.pk)
    if change == "password":
        officer.set_password("quite another password")
        officer.save()
    elif change == "switched off":
        set_user_active(user=officer, active=False, actor="system:test", reason="Left.")
    elif change == "no staff any more":
        officer.is_staff = False
        officer.save()
    else:
        officer.end_sessions()

    assert other.enter(other.code()).url == LOGIN
    assert not other.inside


def test_each_step_has_a_session_key_of_its_own_and_the_old_ones_are_dead(settled):
    other = again(settled)
    other.password()
    between = other.browser.cookies["sessionid"].value
    other.enter(other.code())
    inside = other.browser.cookies["sessionid"].value

    assert between != inside
    assert not Session.objects.filter(session_key=between).exists()
    assert "signing_in" not in other.browser.session


def test_signing_in_leaves_nothing_of_whoever_sat_here_before(settled, approver):
    other = again(settled)
    other.browser.force_login(approver)
    session = other.browser.session
    session["theirs"] = "a secret"
    session.save()
    other.password()
    other.enter(other.code())

    assert other.inside
    assert "theirs" not in other.browser.session
    assert other.browser.session[SESSION_KEY] != str(approver.pk)


def test_the_pages_can_not_be_cached_and_run_no_script_of_their_own(visitor):
    pages = [visitor.browser.get(LOGIN)]
    visitor.password()
    pages += [visitor.browser.get(ENROLL)]
    visitor.scan()
    pages += [visitor.enroll()]
    for page in pages:
        assert "no-store" in page["Cache-Control"]
        policy = dict(part.strip().split(" ", 1) for part in page["Content-Security-Policy"].split(";"))
        assert "'unsafe-inline'" not in policy["script-src"]
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son[a-z]+=|javascript:", page.content.decode())


def test_fields_tell_password_managers_and_phones_what_they_are(settled):
    other = again(settled)
    page = other.browser.get(LOGIN).content.decode()
    assert re.search(r'<input type="email" name="username"[^>]*autocomplete="username"', page)
    assert re.search(r'<input type="password" name="password"[^>]*autocomplete="current-password"', page)
    other.password()
    page = other.browser.get(CODE).content.decode()
    assert re.search(r'name="code"[^>]*autocomplete="one-time-code" inputmode="numeric"', page)
    page = other.browser.get(CODE + "?recovery").content.decode()
    assert re.search(r'name="code"[^>]*autocomplete="off"', page)
    assert "inputmode" not in page


def test_who_is_inside_is_not_asked_again_and_who_signs_out_is_out(settled):
    assert settled.browser.get(LOGIN + "?next=/admin/students/student/").url == "/admin/students/student/"
    answer = settled.browser.post("/admin/logout/")
    assert "You are signed out" in words(answer)
    assert not settled.inside


def test_a_reset_factor_ends_every_session_and_the_next_sign_in_enrolls_another(settled, officer):
    reset_second_factor(user=officer, actor="system:test", reason="The phone fell into the lake.")

    assert not settled.inside
    other = Visitor()
    assert other.password().url == ENROLL
    other.scan()
    assert other.key != settled.key
    other.enroll()
    assert other.inside


def test_the_qr_code_says_what_the_key_says(visitor):
    visitor.password()
    page = visitor.browser.get(ENROLL)
    svg = re.search(r"<svg class=\"bo-qr\".*?</svg>", page.content.decode())
    assert svg
    assert _drawn_from(svg[0]) == _as_it_should_be(key_on(page))


def _drawn_from(svg: str) -> set[tuple[int, int]]:
    """The dark modules of the picture."""
    bars = re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", svg)
    return {(int(x) + step, int(y)) for x, y, width in bars for step in range(int(width))}


def _as_it_should_be(key: bytes) -> set[tuple[int, int]]:
    import qrcode

    from access.models.second_factor import provisioning_uri

    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_L, border=0)
    code.add_data(provisioning_uri(key, issuer="Makini University", account=EMAIL))
    code.make(fit=True)
    return {(x, y) for y, row in enumerate(code.get_matrix()) for x, dark in enumerate(row) if dark}
