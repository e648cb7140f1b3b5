"""Money that is not booked is found by what its payer holds in his hands; and any public id leads to its page."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from core.ids import new_id, public_id
from core.models import ExceptionItem
from payments.evidence import AmountRule, Evidence, Key
from payments.models import NaturalKey
from payments.services.settling import settle
from payments.statuses import Status
from tests.admin.desk import ITEMS, read
from tests.admin.office import lists, payment
from tests.cast import decide_all, deliver, notification
from webhooks.services.dismissing import dismiss

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(office, as_):
    return as_("officer")


@transaction.atomic
def refused(receipt: str = "REFUSED_1", **other: Any) -> ExceptionItem:
    """A prompt that nobody has heard of was paid."""
    fact = Evidence("mpesa", "stk", (Key("checkout", f"ws_CO_{receipt}"),), Status.SUCCEEDED, 900, "KES")
    settle([fact._replace(movement=Key("receipt", receipt), **other)])
    return ExceptionItem.objects.latest("id")


def listed(browser: Any, name: str, term: str) -> list[Any]:
    return [row.pk for row in browser.get(lists()[name], {"q": term}).context["cl"].result_list]


def anything(browser: Any, term: str) -> str | list[str]:
    """Where the search of everything leads; the kinds of what it shows when that is not one thing."""
    answer = browser.get("/admin/search/", {"s": term})
    return answer["Location"] if answer.status_code == 302 else [thing.kind for thing in answer.context_data["found"]]


def page_of(item: ExceptionItem) -> str:
    return f"{ITEMS}{item.public_id}/change/"


def test_a_receipt_that_is_not_booked_leads_to_what_was_made_of_it(officer):
    item = refused()
    assert not NaturalKey.objects.filter(reference="REFUSED_1").exists()
    assert listed(officer, "core_exceptionitem", " REFUSED_1 ") == [item.pk]
    assert anything(officer, "REFUSED_1") == page_of(item)
    assert "Reference REFUSED_1" in read(officer.get(page_of(item)))
    assert listed(officer, "core_exceptionitem", "REFUSED") == []
    assert anything(officer, "REFUSED") == []


def test_the_message_that_brought_it_is_found_by_it_too(officer):
    deliver(notification("USD_1", currency="USD"))
    decide_all()
    item = ExceptionItem.objects.latest("id")
    assert (item.kind, item.reference) == ("quarantine", "USD_1")
    assert listed(officer, "core_inboundevent", "USD_1") == [item.inbound_event_id]
    assert anything(officer, "USD_1") == page_of(item)


@pytest.mark.parametrize(
    ("fact", "name"),
    [
        (Evidence("mpesa", "stk", (Key("reference", "pay_0"), Key("prompt", "P1")), Status.FAILED, 0, "KES"), "P1"),
        (Evidence("mpesa", "stk", (Key("prompt", "P" * 200),), Status.FAILED, 0, "KES"), "P" * 200),
        (Evidence("mpesa", "stk", (Key("prompt", "4111111111111111"),), Status.FAILED, 0, "KES"), "4111111111111111"),
    ],
)
def test_it_is_kept_under_the_best_name_there_is(officer, fact, name):
    with transaction.atomic():
        settle([fact])
    item = ExceptionItem.objects.latest("id")
    assert len(item.reference) <= 100
    assert "411111111111" not in item.reference
    assert listed(officer, "core_exceptionitem", name) == [item.pk]


def test_a_receipt_that_is_booked_leads_to_its_payment_whatever_else_was_said_of_it(officer):
    conflict = ExceptionItem.objects.get(kind="conflict", status="open")
    assert (conflict.reference, conflict.payment_id) == ("TXN_1", payment("TXN_1").pk)
    assert listed(officer, "core_exceptionitem", "TXN_1") == [conflict.pk]
    assert anything(officer, "TXN_1") == f"/admin/payments/payment/{payment('TXN_1').public_id}/change/"


def test_a_receipt_that_another_payment_claims_leads_to_both_until_that_is_dealt_with(officer):
    here = Key("checkout", "C1")
    asked = Evidence("cellulant", "stk", (here,), Status.PENDING, 5_000_000, "KES", account="student:S004:KES")
    receipt = asked._replace(status=Status.SUCCEEDED, movement=Key("transaction", "TXN_1"), amount_rule=AmountRule.FIXED)
    with transaction.atomic():
        settle([asked, receipt])
    item = ExceptionItem.objects.get(reason="receipt_of_another")
    assert item.payment_id != payment("TXN_1").pk
    assert anything(officer, "TXN_1") == ["payment", "exception item"]
    dismiss(item_id=item.pk, actor="user:grace", reason="Seen.")
    assert anything(officer, "TXN_1") == f"/admin/payments/payment/{payment('TXN_1').public_id}/change/"


def test_an_index_finds_it(officer):
    refused()
    with CaptureQueriesContext(connection) as questions:
        listed(officer, "core_exceptionitem", "REFUSED_1")
    asked = next(q["sql"] for q in questions if '"reference" = ' in q["sql"] and "ORDER BY" in q["sql"])
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN {asked}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "exception_item_reference" in plan, plan
    assert "Sort  (" not in plan, plan


def test_the_search_of_everything_asks_the_same_however_much_it_finds(officer):
    def asked(term: str, kinds: int) -> int:
        with CaptureQueriesContext(connection) as questions:
            assert anything(officer, term) == ["exception item"] * kinds
        return len(questions)

    for number in range(9):
        refused("FEW" if number < 2 else "MANY")
        ExceptionItem.objects.filter(reference__in=["FEW", "MANY"]).update(
            status="dismissed", resolved_by="user:g", resolution="x", resolved_at=now()
        )
    assert asked("FEW", 2) == asked("MANY", 5)


def test_any_public_id_leads_to_its_page(officer, as_):
    from access.models import Approval
    from ledger.models import Transfer
    from ledger.services.adjusting import request_adjustment
    from payments.models import Order, PaymentAttempt
    from students.models import FeeCharge

    request_adjustment(
        debit="income:fees:KES", credit="student:S004:KES", amount_minor=100, reference="V-1",
        actor="system:test", reason="The office of the tests.",
    )  # fmt: skip
    named = {
        "exception": ("core/exceptionitem", ExceptionItem),
        "approval": ("access/approval", Approval),
        "order": ("payments/order", Order),
        "fee": ("students/feecharge", FeeCharge),
        "attempt": ("payments/paymentattempt", PaymentAttempt),
        "transfer": ("ledger/transfer", Transfer),
    }
    stranger = as_("new")
    for prefix, (path, model) in named.items():
        name = public_id(prefix, model.objects.order_by("pk").first().pk)
        assert anything(officer, f" {name} ") == f"/admin/{path}/{name}/change/", prefix
        assert anything(stranger, name) == []
        assert anything(officer, public_id(prefix, new_id())) == []
    name = payment("TXN_2").public_id
    assert anything(officer, name) == f"/admin/payments/payment/{name}/change/", "not to what is told of it elsewhere"
    event = public_id("in", ExceptionItem.objects.get(kind="conflict").inbound_event_id)
    assert anything(officer, event) == f"/admin/core/inboundevent/{event}/change/"


def test_a_gateways_own_names_may_look_like_ours(officer):
    item = refused("pay_29QQoUBi66xm2f")
    assert anything(officer, "pay_29QQoUBi66xm2f") == page_of(item)
    assert listed(officer, "core_exceptionitem", "pay_29QQoUBi66xm2f") == [item.pk]


def test_the_list_that_is_taken_out_names_it(officer):
    refused()
    taken = officer.get(lists()["core_exceptionitem"], {"q": "REFUSED_1"})
    assert "REFUSED_1" in taken.content.decode()
