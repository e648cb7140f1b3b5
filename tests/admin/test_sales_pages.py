"""Orders, calls to gateways, gateways and routes: what staff read of them, and the little they may do."""

from collections.abc import Callable

import pytest
from django.test import Client

from access.models import AuditEntry
from payments.evidence import Key
from payments.models import Order, PaymentAttempt, PaymentRoute
from payments.services.breaking import OPENS_AFTER, note_trouble
from payments.statuses import Status
from tests.admin.office import lists, pages
from tests.cast import owes
from tests.payments.shop import a_merchant, an_order, asked_for, settled, success

pytestmark = pytest.mark.django_db
As = Callable[[str], Client]
CHECKOUT = Key("checkout", "ws_CO_1")
WHY = {"reason": "The payer asked at the counter."}


def test_an_order_shows_who_sells_what_and_who_paid(as_: As):
    order = an_order(a_merchant("Soko"), receipt="INV-9")
    first, second = asked_for(order), asked_for(order)
    settled(success(first, "R1"), success(second, "R2"))
    page = as_("viewer").get(f"/admin/payments/order/{order.public_id}/change/").content.decode()
    for words in ("Soko", "INV-9", "Paid", first.public_id, second.public_id, "More than one payment brought money"):
        assert words in page
    assert Order.objects.get().client_secret not in page
    listed = as_("officer").get(lists()["payments_order"] + "?q=INV-9").content.decode()
    assert "INV-9" in listed


def test_a_merchant_is_called_by_name_wherever_their_money_is(as_: As):
    soko = a_merchant("Soko")
    order = an_order(soko, receipt="INV-9")
    paid, again = asked_for(order), asked_for(order)
    settled(success(paid, "R1"), success(again, "R2"))
    browser = as_("viewer")
    for address in ("/admin/", lists()["payments_payment"], f"/admin/payments/payment/{paid.public_id}/change/"):
        assert ">Soko<" in browser.get(address).content.decode(), address
    assert "<span>Soko <span" in browser.get(lists()["payments_payment"]).content.decode()
    accounts = browser.get(f"{lists()['ledger_account']}?whose=merchant").content.decode()
    assert ">Soko<" in accounts
    for name in (soko.public_id, str(soko.pk)):
        assert browser.get(f"/admin/access/merchant/{name}/change/").status_code == 200


def test_a_call_shows_what_was_said_to_those_who_may_read_it(office: None, as_: As):
    address = pages()["payments_paymentattempt"]
    assert "gateway.example" in as_("officer").get(address).content.decode()
    seen = as_("viewer").get(address).content.decode()
    assert "gateway.example" not in seen
    assert "for those who may read bodies" in seen


def test_a_gateway_that_does_not_answer_says_so(as_: As):
    for _ in range(OPENS_AFTER):
        note_trouble("mpesa", "It could not be reached.")
    page = as_("viewer").get("/admin/payments/gatewaystate/mpesa/change/").content.decode()
    assert "Does not answer" in page
    assert "It could not be reached." in page


def do(browser: Client, address: str) -> int:
    """Look, then do it with a reason."""
    looked = browser.get(address)
    if looked.status_code != 200:
        return looked.status_code
    return browser.post(address, WHY | {"seen": looked.context["page"].plan.seen}).status_code


def test_an_officer_closes_a_route_and_opens_it_again(as_: As):
    route = PaymentRoute.objects.get(method="mpesa", currency="KES")
    close = f"/admin/payments/paymentroute/{route.public_id}/do/close/"
    assert do(as_("viewer"), close) == 403
    officer = as_("officer")
    assert do(officer, close) == 302
    assert not PaymentRoute.objects.get(pk=route.pk).is_open
    assert do(officer, close.replace("close", "open")) == 302
    assert PaymentRoute.objects.get(pk=route.pk).is_open
    acts = AuditEntry.objects.filter(target=route.public_id).order_by("id").values_list("act", flat=True)
    assert list(acts) == ["payments.close_route", "payments.open_route"]


def test_an_officer_has_the_gateway_asked(as_: As):
    owes("S004", 2_000)
    payment = asked_for(an_order(a_merchant()))
    address = f"/admin/payments/payment/{payment.public_id}/do/ask/"
    told = success(payment, "R1")
    settled(told._replace(status=Status.PENDING, movement=None, keys=(*told.keys, CHECKOUT)))
    assert do(as_("viewer"), address) == 403
    assert do(as_("officer"), address) == 302
    question = PaymentAttempt.objects.get(operation="query")
    assert (question.status, question.actor.split(":")[0]) == ("prepared", "user")
    assert AuditEntry.objects.filter(act="payments.ask_gateway", target=payment.public_id).count() == 1
