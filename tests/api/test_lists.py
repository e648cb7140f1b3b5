"""Lists take the parameters that they describe, and refuse every other by its name."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from access.services import sign_ins
from payments.services.requesting import Wanted, pay_order
from students.models import Student
from students.services.charging import charge_fee
from students.services.enrolling import enroll_student
from tests.payments.shop import PHONE, an_order

WHY = {"actor": "system:test", "reason": "A test."}


def lists() -> dict[str, set[str]]:
    """Path → what can be asked for there, of every operation that gives out pages."""
    from config.describing import _schema

    described = {
        path: {parameter["name"] for parameter in entry["get"].get("parameters", []) if parameter["in"] == "query"}
        for path, entry in json.loads(_schema())["paths"].items()
        if "get" in entry
    }
    return {path: names for path, names in described.items() if "cursor" in names}


@pytest.fixture
def ask(client: Client, amina: Any, bookshop: Any) -> Callable[[str], Any]:
    """Asks as Amina, who sells, pays and studies: whatever is in the path is hers."""
    wanted = Wanted("mpesa", {"phone_number": PHONE})
    payment = pay_order(order_id=an_order(bookshop).id, wanted=wanted, caller=amina.actor, gateway="mpesa")
    enroll_student(student_id="S900", first_name="Amina", last_name="Odhiambo", **WHY)
    charge_fee(student_id="S900", amount_minor=100, description="Library", reference="LIB", term="", **WHY)
    Student.objects.filter(student_id="S900").update(user=amina)
    token = sign_ins.start(user=amina).access

    def ask(path: str) -> Any:
        path = path.format(payment_id=payment.public_id, student_id="S900")
        return client.get(path, headers={"Authorization": f"Bearer {token}"})

    return ask


def test_there_are_lists():
    assert {"/api/v1/orders", "/api/v1/payments", "/api/v1/merchants/me/keys"} <= set(lists())


def test_a_parameter_that_no_list_knows_is_refused_by_its_name(ask: Callable[[str], Any]):
    for path in lists():
        assert ask(path).status_code == 200, path
        answer = ask(f"{path}?limit=5&colour=blue&Status=paid")

        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), path
        assert answer.json()["errors"] == {name: ["There is no such parameter."] for name in ("Status", "colour")}, path


def test_every_parameter_that_is_described_is_taken(ask: Callable[[str], Any]):
    for path, names in lists().items():
        for name in names:
            assert "There is no such parameter." not in ask(f"{path}?{name}=1").text, (path, name)


def test_of_a_parameter_that_comes_twice_none_wins(ask: Callable[[str], Any]):
    answer = ask("/api/v1/orders?status=paid&status=created")

    assert (answer.status_code, answer.json()["errors"]) == (422, {"status": ["This is given twice."]})
