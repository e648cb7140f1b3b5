from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from access import gateway_tokens
from access.errors import TwoTokensStand, UnknownToken
from access.models import AuditEntry, GatewayToken
from access.services.gateway_tokens import install_token, revoke_token, rotate_token
from tests.racing import overlap, race

ACT = {"actor": "user:grace", "reason": "Quarterly."}
A_DAY = timedelta(days=1)


def rotate(overlap=A_DAY, gateway="mpesa", kind="path"):
    return rotate_token(gateway=gateway, kind=kind, overlap=overlap, **ACT)


def matching(*issued):
    snapshot = gateway_tokens.load()
    return [snapshot.matches("mpesa", each.token) for each in issued]


def test_both_tokens_are_good_until_the_overlap_ends(db):
    noon = timezone.now()
    with time_machine.travel(noon, tick=False) as clock:
        first, second = rotate(), rotate()
        assert matching(first, second) == [True, True]
        clock.shift(A_DAY)
        assert matching(first, second) == [False, True]


def test_without_overlap_the_old_token_is_refused_at_once(db):
    first, second = rotate(), rotate(timedelta())

    assert matching(first, second) == [False, True]


def test_a_rotation_that_still_overlaps_holds_up_the_next(db):
    noon = timezone.now()
    with time_machine.travel(noon, tick=False) as clock:
        first, second = rotate(), rotate()
        with pytest.raises(TwoTokensStand):
            rotate()
        assert matching(first, second) == [True, True]
        clock.shift(A_DAY)
        third = rotate()
        assert matching(first, second, third) == [False, True, True]


def test_revoking_frees_the_place_for_the_next_rotation(db):
    first, second = rotate(), rotate()
    revoke_token(token_id=first.row.id, **ACT)
    third = rotate()

    assert matching(first, second, third) == [False, True, True]


def test_gateways_and_kinds_rotate_apart(db):
    first, second = rotate(), rotate()
    rotate(kind="bearer")
    rotate(gateway="cellulant")

    assert matching(first, second) == [True, True]


def test_a_path_token_has_no_word_that_a_gateway_forbids_in_urls(db):
    assert set(rotate().token) <= set("0123456789abcdef")


def test_the_database_refuses_a_third_token_whoever_writes_it(db):
    rotate(), rotate()

    for slot in (1, 2, 3):
        with pytest.raises(IntegrityError, match=r"gateway_token_(two_at_most|slot)"), transaction.atomic():
            GatewayToken.objects.create(gateway="mpesa", kind="path", digest=b"x", slot=slot, valid_from=timezone.now())


def test_the_token_is_nowhere_in_the_database(db):
    issued = rotate()

    with connection.cursor() as cursor:
        cursor.execute("SELECT gateway_token::text FROM gateway_token UNION ALL SELECT audit_entry::text FROM audit_entry")
        stored = "\n".join(row for (row,) in cursor.fetchall())
    assert issued.token not in stored
    assert issued.token not in repr(issued)


def test_revoking_twice_is_one_act_and_an_unknown_token_is_named(db):
    issued = rotate()
    for _ in range(2):
        revoke_token(token_id=issued.row.id, **ACT)

    assert AuditEntry.objects.filter(act="access.revoke_token").count() == 1
    with pytest.raises(UnknownToken):
        revoke_token(token_id=uuid4(), **ACT)


@pytest.mark.django_db(transaction=True)
def test_two_rotations_at_once_leave_two_tokens_valid_and_refuse_the_other():
    first = rotate()

    answers = overlap(rotate, rotate)

    assert [type(answer).__name__ for answer in answers] == ["IssuedToken", "TwoTokensStand"]
    assert matching(first, answers[0]) == [True, True]
    assert GatewayToken.objects.standing().count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_first_rotations_at_once_are_one_after_the_other():
    answers = overlap(rotate, rotate)

    assert matching(*answers) == [True, True]
    assert GatewayToken.objects.get(pk=answers[0].row.pk).valid_until is not None


@pytest.mark.django_db(transaction=True)
def test_the_first_token_installed_twice_at_once_is_one_row():
    install = partial(install_token, gateway="cellulant", token="mock-bearer-token")

    answers = race(install, install, install)

    assert len({answer.id for answer in answers}) == 1
    assert GatewayToken.objects.count() == 1
