import pytest
from django.db import IntegrityError

from access.models import AuditEntry, Merchant
from access.services.api_keys import issue_key
from access.services.authentication import merchant_key
from access.services.merchants import set_merchant_active
from core.errors import Unauthenticated
from core.ids import parse_public_id


def test_a_merchant_is_named_by_a_public_id(bookshop):
    assert bookshop.public_id.startswith("merchant_")
    assert parse_public_id("merchant", bookshop.public_id) == bookshop.id
    assert bookshop.actor == f"merchant:{bookshop.id}"


def test_a_merchant_without_a_name_is_refused_by_the_database(amina):
    with pytest.raises(IntegrityError, match="merchant_has_a_name"):
        Merchant.objects.create(owner=amina, name="", email="x@example.com")


def test_an_inactive_merchants_keys_are_refused_at_once_and_let_in_again(bookshop):
    issued = issue_key(holder=bookshop, actor="system:test", reason="First key.")

    set_merchant_active(merchant=bookshop, active=False, actor="user:grace", reason="Does not answer our letters.")
    with pytest.raises(Unauthenticated):
        merchant_key(key_id=issued.key.key_id, secret=issued.secret)

    set_merchant_active(merchant=bookshop, active=True, actor="user:grace", reason="Answered.")
    assert merchant_key(key_id=issued.key.key_id, secret=issued.secret).merchant == bookshop


def test_a_merchant_whose_owner_is_disabled_loses_access_at_once(bookshop, amina):
    issued = issue_key(holder=bookshop, actor="system:test", reason="First key.")
    amina.is_active = False
    amina.save()

    with pytest.raises(Unauthenticated):
        merchant_key(key_id=issued.key.key_id, secret=issued.secret)


def test_shutting_a_merchant_out_twice_is_one_act(bookshop):
    for _ in range(2):
        set_merchant_active(merchant=bookshop, active=False, actor="user:grace", reason="Fraud.")

    entry = AuditEntry.objects.get(act="access.set_merchant_active")
    assert (entry.target, entry.before, entry.after) == (bookshop.public_id, {"is_active": True}, {"is_active": False})
