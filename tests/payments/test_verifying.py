"""Every lie about payments that is planted in the rows is found by `ledger verify`."""

from collections.abc import Callable

import pytest
from django.db import connection

from ledger.services.verify import verify
from tests.cast import decide_all, deliver, notification, owes

pytestmark = pytest.mark.django_db


@pytest.fixture
def plant() -> Callable[[str], None]:
    owes("S004", 150_000)
    deliver(
        notification("T1"), notification("T2", amount=7), notification("T3", status="PENDING"), notification("T4", student="S404")
    )
    decide_all()
    assert verify() == []

    def lie(statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(statement)
            cursor.execute("SET LOCAL session_replication_role = origin")

    return lie


@pytest.mark.parametrize(
    ("lie", "check"),
    [
        ("UPDATE payment SET received_minor = received_minor + 1 WHERE reference = 'T2'", "payments received what was booked"),
        ("UPDATE natural_key SET booked_minor = booked_minor + 1 WHERE reference = 'T1'", "payments received what was booked"),
        ("UPDATE payment_history SET booked_minor = 1 WHERE booked_minor > 0", "payments received what was booked"),
        (
            "UPDATE natural_key SET booked_minor = booked_minor + 1 WHERE reference = 'T1'",
            "keys that booked have their transfers",
        ),
        ("UPDATE transfer SET amount_minor = amount_minor + 1 WHERE kind = 'payment'", "keys that booked have their transfers"),
        ("DELETE FROM natural_key WHERE reference = 'T1'", "keys that booked have their transfers"),
        (
            "INSERT INTO natural_key SELECT gateway, kind, 'T1-again', payment_id, booked_minor, false"
            " FROM natural_key WHERE reference = 'T1'",
            "keys that booked have their transfers",
        ),
        ("DELETE FROM payment WHERE reference = 'T1'", "nothing speaks of what is not there"),
        ("DELETE FROM natural_key WHERE reference = 'T3'", "nothing speaks of what is not there"),
        ("DELETE FROM inbound_event", "nothing speaks of what is not there"),
        ("DELETE FROM inbound_outcome WHERE verdict = 'settled'", "nothing speaks of what is not there"),
    ],
)
def test_the_lie_is_found(plant: Callable[[str], None], lie: str, check: str):
    plant(lie)
    assert check in {finding.check for finding in verify()}
