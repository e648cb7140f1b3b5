"""What an answer costs does not grow with what there is. (The first of a minute notes the key's use, and is one query dearer.)"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from access.models import Merchant
from payments.models import NaturalKey
from tests.payments.shop import an_order, asked_for, order_now, settled, success

pytestmark = pytest.mark.django_db


def queries(client: APIClient, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.content
    return len(seen)


@pytest.mark.parametrize(("path", "most"), [("payments", 12), ("payments?status=succeeded", 12), ("orders", 6)])
def test_a_list_takes_as_many_queries_for_twenty_as_for_two(duka: APIClient, merchant: Merchant, path: str, most: int):
    def more(count: int, since: int) -> None:
        for number in range(since, since + count):
            settled(success(asked_for(an_order(merchant)), f"R{number}"))

    more(2, 0)
    few = queries(duka, path)
    more(18, 2)
    assert queries(duka, path) <= few <= most


@pytest.mark.parametrize(
    ("path", "most"), [("payments/{payment}", 10), ("payments/{payment}/history", 10), ("payments/{payment}/evidence", 18)]
)
def test_a_payment_takes_as_many_queries_however_long_its_life(duka: APIClient, merchant: Merchant, path: str, most: int):
    payment = asked_for(an_order(merchant))
    settled(success(payment, "R0"))
    path = path.format(payment=payment.public_id)
    few = queries(duka, path)
    for number in range(1, 10):
        settled(success(payment, f"R{number}"))
    assert NaturalKey.objects.filter(payment_id=payment.pk, kind="receipt").count() == 10
    assert queries(duka, path) <= few <= most


def test_an_order_takes_as_many_queries_however_often_it_was_tried(duka: APIClient, merchant: Merchant):
    order = an_order(merchant)
    path = f"orders/{order.public_id}"
    few = queries(duka, path)
    for number in range(5):
        settled(success(asked_for(order), f"R{number}")) if number == 4 else asked_for(order)
    assert order_now(order.pk).status == "paid"
    assert queries(duka, path) <= few <= 6
