import hmac
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from access.errors import FixedKeyRefused, InvalidApiKey, UnknownScope
from access.models import ApiKey, AuditEntry, Scope
from access.services import authentication
from access.services.api_keys import install_fixed_key, issue_key, revoke_key
from access.services.authentication import merchant_key, personal_key

ACT = {"actor": "system:test", "reason": "The test asks for it."}


def test_a_key_and_its_secret_name_their_merchant(bookshop):
    issued = issue_key(holder=bookshop, **ACT)

    assert issued.key.key_id.startswith("key_")
    assert issued.secret.startswith("secret_")
    assert merchant_key(key_id=issued.key.key_id, secret=issued.secret).merchant == bookshop


def test_the_secret_is_nowhere_in_the_database_nor_in_a_repr(bookshop):
    issued = issue_key(holder=bookshop, **ACT)

    with connection.cursor() as cursor:
        cursor.execute("SELECT api_key::text FROM api_key UNION ALL SELECT audit_entry::text FROM audit_entry")
        stored = "\n".join(row for (row,) in cursor.fetchall())
    assert issued.secret not in stored
    assert issued.secret not in repr(issued)
    assert issued.key.key_id in stored


@pytest.mark.parametrize(
    ("key_id", "secret"),
    [
        (None, "secret_wrong"),
        (None, ""),
        ("key_unknown", None),
        ("", None),
        ("key_" + "a" * 5000, None),
        ("key_\x00", None),
        ("key_' OR 1=1", None),
        (None, "secret_\ud800"),
        (None, "geheim\N{SNOWMAN}"),
    ],
)
def test_whatever_is_wrong_with_a_key_the_refusal_is_the_same(bookshop, key_id, secret):
    issued = issue_key(holder=bookshop, **ACT)

    with pytest.raises(InvalidApiKey) as refused:
        merchant_key(key_id=issued.key.key_id if key_id is None else key_id, secret=issued.secret if secret is None else secret)
    assert refused.value.detail == InvalidApiKey().detail


def test_an_unknown_key_costs_a_comparison_too(bookshop, monkeypatch):
    compared = []
    monkeypatch.setattr(authentication.hmac, "compare_digest", lambda a, b: compared.append((a, b)) or hmac_equal(a, b))

    with pytest.raises(InvalidApiKey):
        merchant_key(key_id="key_unknown", secret="secret_of_nobody")
    assert [len(side) for side in compared[0]] == [32, 32]


hmac_equal = hmac.compare_digest


def test_one_merchants_secret_does_not_open_anothers_key(bookshop, amina):
    mine, other = issue_key(holder=bookshop, **ACT), issue_key(holder=bookshop, **ACT)

    with pytest.raises(InvalidApiKey):
        merchant_key(key_id=mine.key.key_id, secret=other.secret)


def test_a_revoked_key_is_refused_and_revoking_twice_is_one_act(bookshop):
    issued = issue_key(holder=bookshop, **ACT)
    revoke_key(key=issued.key, actor="user:amina", reason="It leaked.")
    revoke_key(key=issued.key, actor="user:amina", reason="It leaked.")

    with pytest.raises(InvalidApiKey):
        merchant_key(key_id=issued.key.key_id, secret=issued.secret)
    assert AuditEntry.objects.filter(act="access.revoke_key", target=issued.key.key_id).count() == 1


def test_a_key_is_good_until_it_expires(bookshop):
    noon = timezone.now()
    issued = issue_key(holder=bookshop, expires_at=noon + timedelta(hours=1), **ACT)

    assert merchant_key(key_id=issued.key.key_id, secret=issued.secret) == issued.key
    with time_machine.travel(noon + timedelta(hours=1), tick=False), pytest.raises(InvalidApiKey):
        merchant_key(key_id=issued.key.key_id, secret=issued.secret)


def test_use_is_noted_to_the_minute_and_no_oftener(bookshop):
    issued = issue_key(holder=bookshop, **ACT)
    noon = timezone.now()

    with time_machine.travel(noon, tick=False) as clock:
        for seconds in (0, 30, 29, 2):
            clock.shift(timedelta(seconds=seconds))
            merchant_key(key_id=issued.key.key_id, secret=issued.secret)
    assert ApiKey.objects.get().last_used_at == noon + timedelta(seconds=61)


def test_a_wrong_secret_is_no_use(bookshop):
    issued = issue_key(holder=bookshop, **ACT)
    with pytest.raises(InvalidApiKey):
        merchant_key(key_id=issued.key.key_id, secret="secret_wrong")

    assert ApiKey.objects.get().last_used_at is None


def test_a_key_may_do_less_than_its_holder(bookshop):
    issued = issue_key(holder=bookshop, scopes=[Scope.ORDERS_READ], **ACT)

    assert ApiKey.objects.get(pk=issued.key.pk).scopes == ["orders:read"]


@pytest.mark.parametrize("scopes", [[], ["wallet:read"], ["orders:read", "everything"]])
def test_a_merchants_key_takes_no_other_scope(bookshop, scopes):
    with pytest.raises(UnknownScope):
        issue_key(holder=bookshop, scopes=scopes, **ACT)


def test_the_database_refuses_a_key_of_nobody_of_two_or_with_anothers_scopes(bookshop, amina):
    for holders in (
        {"scopes": ["orders:read"]},
        {"merchant": bookshop, "user": amina, "scopes": ["orders:read"]},
        {"merchant": bookshop, "scopes": ["wallet:read"]},
        {"merchant": bookshop, "scopes": []},
    ):
        with pytest.raises(IntegrityError, match="api_key_"), transaction.atomic():
            ApiKey.objects.create(key_id="key_x", secret_digest=b"x", **holders)


def test_a_personal_key_is_both_halves_in_one_text(amina):
    issued = issue_key(holder=amina, **ACT)

    assert issued.personal == f"{issued.key.key_id}.{issued.secret}"
    assert personal_key(presented=issued.personal).user == amina


def test_a_disabled_users_personal_key_is_refused(amina):
    issued = issue_key(holder=amina, **ACT)
    amina.is_active = False
    amina.save()

    with pytest.raises(InvalidApiKey):
        personal_key(presented=issued.personal)


@pytest.mark.parametrize("presented", ["", ".", "key_x", "key_x.", ".secret_x", "key_x.secret.x", "\x00.\x00"])
def test_what_is_no_personal_key_is_refused(db, presented):
    with pytest.raises(InvalidApiKey):
        personal_key(presented=presented)


def test_a_merchants_key_is_no_personal_key_and_the_other_way_round(bookshop, amina):
    of_merchant, of_user = issue_key(holder=bookshop, **ACT), issue_key(holder=amina, **ACT)

    with pytest.raises(InvalidApiKey):
        personal_key(presented=of_merchant.personal)
    with pytest.raises(InvalidApiKey):
        merchant_key(key_id=of_user.key.key_id, secret=of_user.secret)


def test_the_demos_key_is_installed_once_with_the_secret_that_everyone_knows(bookshop):
    for _ in range(2):
        install_fixed_key(holder=bookshop, key_id="key_test_abc123", secret="secret_test_xyz789", **ACT)

    assert ApiKey.objects.count() == 1
    assert merchant_key(key_id="key_test_abc123", secret="secret_test_xyz789").merchant == bookshop


def test_production_has_no_key_that_everyone_knows(bookshop, settings):
    settings.IS_PRODUCTION = True

    with pytest.raises(FixedKeyRefused):
        install_fixed_key(holder=bookshop, key_id="key_test_abc123", secret="secret_test_xyz789", **ACT)
    assert not ApiKey.objects.exists()
