from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.utils import timezone

from access.errors import InvalidApiKey, KeyAlreadyRotated, KeyNotValid
from access.models import ApiKey, Scope
from access.services.api_keys import issue_key, revoke_key, rotate_key
from access.services.authentication import merchant_key
from tests.racing import overlap

ACT = {"actor": "user:amina", "reason": "Yearly."}


def opens(issued):
    try:
        return bool(merchant_key(key_id=issued.key.key_id, secret=issued.secret))
    except InvalidApiKey:
        return False


def test_both_keys_are_good_until_the_overlap_ends(bookshop):
    old = issue_key(holder=bookshop, scopes=[Scope.ORDERS_READ], label="till", **ACT)
    noon = timezone.now()
    new = rotate_key(key=old.key, valid_until=noon + timedelta(days=1), **ACT)

    assert (opens(old), opens(new)) == (True, True)
    with time_machine.travel(noon + timedelta(days=1), tick=False):
        assert (opens(old), opens(new)) == (False, True)
    assert (new.key.scopes, new.key.label, new.key.merchant) == (["orders:read"], "till", bookshop)
    assert new.secret != old.secret


def test_rotation_never_lengthens_the_life_of_a_key(bookshop):
    soon = timezone.now() + timedelta(hours=1)
    old = issue_key(holder=bookshop, expires_at=soon, **ACT)
    new = rotate_key(key=old.key, valid_until=soon + timedelta(days=1), **ACT)

    assert ApiKey.objects.get(pk=old.key.pk).expires_at == soon
    assert new.key.expires_at == soon


def test_an_overlap_in_the_past_ends_the_old_key_at_once(bookshop):
    old = issue_key(holder=bookshop, **ACT)
    new = rotate_key(key=old.key, valid_until=timezone.now(), **ACT)

    assert (opens(old), opens(new)) == (False, True)


def test_a_key_has_one_successor(bookshop):
    old = issue_key(holder=bookshop, **ACT)
    rotate_key(key=old.key, valid_until=timezone.now() + timedelta(days=1), **ACT)

    with pytest.raises(KeyAlreadyRotated):
        rotate_key(key=old.key, valid_until=timezone.now() + timedelta(days=1), **ACT)
    assert ApiKey.objects.count() == 2


def test_a_revoked_key_has_no_successor(bookshop):
    old = issue_key(holder=bookshop, **ACT)
    revoke_key(key=old.key, **ACT)

    with pytest.raises(KeyNotValid):
        rotate_key(key=old.key, valid_until=timezone.now(), **ACT)


@pytest.mark.django_db(transaction=True)
def test_two_rotations_at_once_make_one_successor(bookshop):
    old = issue_key(holder=bookshop, **ACT)
    rotate = partial(rotate_key, key=old.key, valid_until=timezone.now() + timedelta(days=1), **ACT)

    answers = overlap(rotate, rotate)

    assert [type(answer).__name__ for answer in answers] == ["IssuedKey", "KeyAlreadyRotated"]
    assert ApiKey.objects.filter(replaces=old.key).count() == 1
