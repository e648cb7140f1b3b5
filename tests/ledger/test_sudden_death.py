"""Whatever dies, and wherever: all of a batch is booked, or nothing, and the next try books it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction

from ledger.models import Transfer, TransferReference
from ledger.services.balances import balance
from ledger.services.holding import hold, post_hold
from ledger.services.posting import post
from ledger.services.verify import verify
from tests.ledger.cast import ALICE, CLEARING, book, deposit, movement, open_the_books

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _alice_has_a_hundred(db: None) -> Iterator[None]:
    open_the_books()
    deposit(ALICE, 100, "D1")
    yield
    assert verify() == []


def database_url() -> str:
    it = connection.settings_dict
    return f"postgresql://{quote(it['USER'])}:{quote(it['PASSWORD'])}@{it['HOST']}:{it['PORT']}/{it['NAME']}"


class Assassin:
    """Ends this connection's backend just before its n-th statement."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.left -= 1
        if self.left == 0:
            backend = connection.connection.info.backend_pid
            with psycopg.connect(database_url(), autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [backend])
        return execute(sql, params, many, context)


def test_a_backend_killed_between_any_two_statements_leaves_nothing_half_booked() -> None:
    held = hold(account=ALICE, amount_minor=60, reference="H1")

    def withdraw() -> None:
        with transaction.atomic():
            post([movement(f"TXN{n}") for n in range(3)])
            post_hold(held.id, credit=CLEARING, amount_minor=60, reference="W1", kind="withdrawal")

    deaths = 0
    while True:
        assassin = Assassin(after=deaths + 1)
        try:
            with connection.execute_wrapper(assassin):
                withdraw()
        except OperationalError:
            deaths += 1
            connection.close()
            assert (balance(ALICE), balance(CLEARING), Transfer.objects.count(), TransferReference.objects.count()) == (
                100,
                100,
                1,
                1,
            )
            assert verify() == []
            continue
        break
    assert deaths >= 10
    assert (balance(ALICE), balance(CLEARING)) == (40, 340)


WORKER = """
import sys, time
import django
django.setup()
from django.db import transaction
from ledger.services.posting import post
from tests.ledger.cast import movement
with transaction.atomic():
    post([movement(f"TXN{n}") for n in range(50)])
    print("booked", flush=True)
    time.sleep(60)
"""


def test_a_worker_killed_before_its_commit_has_booked_nothing() -> None:
    environment = {**os.environ, "DATABASE_URL": database_url(), "DATABASE_OWNER_URL": database_url()}
    environment |= {"DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": str(settings.BASE_DIR)}
    with subprocess.Popen([sys.executable, "-c", WORKER], stdout=subprocess.PIPE, env=environment) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"booked\n"
        worker.send_signal(signal.SIGKILL)
    assert Transfer.objects.count() == 1
    book(*[movement(f"TXN{n}") for n in range(50)])
    assert balance(CLEARING) == 100 + 50 * 100
