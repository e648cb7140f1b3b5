"""Who looks at a trouble waits for no settlement, and no settlement for who looks: the rehearsal on its page locks nothing."""

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.models import ExceptionItem
from payments.models import Order, Payment
from tests.admin.office import furnish
from tests.racing import overlap

pytestmark = pytest.mark.django_db(transaction=True)
ACTS = ("replay", "dismiss", "allocate", "accept", "return")


@pytest.fixture
def browser(staff) -> Client:
    from access.services.roles import apply_roles

    apply_roles()
    furnish()
    found = Client()
    found.force_login(staff("officer"))
    return found


def addresses() -> list[str]:
    """The page of every open trouble, and those of its acts."""
    items = [item.public_id for item in ExceptionItem.objects.order_by("pk")]
    pages = [f"/admin/core/exceptionitem/{item}/change/" for item in items]
    return pages + [f"/admin/core/exceptionitem/{item}/do/{act}/" for item in items for act in ACTS]


def hold_everything() -> None:
    for held in (Payment, Order, ExceptionItem):
        list(held.objects.select_for_update())


def test_what_would_be_booked_is_told_while_somebody_holds_the_payment(browser):
    told, before_the_end = [], []

    def look():
        for address in addresses():
            answer = browser.get(address)
            assert answer.status_code in {200, 409}, address
            told.append(answer.content.decode())

    _, raised = overlap(hold_everything, look, then=lambda: before_the_end.extend(told))
    assert raised is None
    assert len(before_the_end) == len(told) == len(addresses())
    assert any("Replayed now, it would conflict again" in page for page in told)


def test_looking_locks_nothing(browser):
    for address in addresses():
        with CaptureQueriesContext(connection) as asked:
            browser.get(address)
        assert [query["sql"] for query in asked if "FOR NO KEY UPDATE" in query["sql"] or "FOR UPDATE" in query["sql"]] == []


def test_what_is_read_without_locks_is_what_is_read_with_them(browser):
    """Two texts of one statement: they must not part."""
    from core.sql import plain_array, run

    ids = [str(payment.id) for payment in Payment.objects.all()]
    wanted = [plain_array(ids), min(ids), max(ids)]
    with transaction.atomic():
        locked = run("payments", "lock_payments", wanted).rows
    assert run("payments", "read_payments", wanted).rows == locked
    assert len(locked) == len(ids)
