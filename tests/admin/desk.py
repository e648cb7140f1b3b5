"""Acting as people do: look at what an act would do, give a reason, send. And every act there is, with where it is done."""

import re
from html import unescape
from typing import Any, NamedTuple
from urllib.parse import urlencode

from access.models import AuditEntry
from core.ids import public_id
from core.models import ExceptionItem
from ledger.services.adjusting import request_adjustment
from payments.evidence import Evidence, Key
from payments.models import PaymentRoute
from payments.routing import set_open
from payments.services.returning import return_for_refund
from payments.statuses import Status
from students.models import FeeCharge
from tests.admin.office import payment
from tests.cast import decide_all, deliver, notification
from tests.payments.shop import a_merchant, an_order, asked_for, settled, success

WHY = "Her mother called, with the receipt in her hand."
ITEMS = "/admin/core/exceptionitem/"


class Where(NamedTuple):
    """An act's page: its address, what its fields need, the roles that may, what the trail calls it; and the one person who may
    where a role is not enough.
    """

    url: str
    fields: dict[str, str]
    roles: frozenset[str]
    audit: str
    by: Any = None

    @property
    def address(self) -> str:
        return f"{self.url}?{urlencode(self.fields, doseq=True)}" if self.fields else self.url


OFFICER, APPROVER = frozenset({"officer", "admin"}), frozenset({"approver", "admin"})


def seen_on(answer: Any) -> str:
    """What the page says it showed; "" when it showed nothing that could be done."""
    found = re.search(r'name="seen" value="([0-9a-f]{32})"', answer.content.decode())
    return found[1] if found else ""


def do(browser: Any, address: str, reason: str = WHY) -> Any:
    """Look, then send."""
    return browser.post(address, {"reason": reason, "seen": seen_on(browser.get(address))})


def read(answer: Any) -> str:
    """The text of a page's content, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode().partition('id="content"')[2])).split())


def told(browser: Any, answer: Any) -> str:
    """The page that an act led to, with what it says was done."""
    assert answer.status_code == 302, read(answer)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", browser.get(answer["Location"]).content.decode())).split())


def item_of(**known: Any) -> Any:
    return ExceptionItem.objects.filter(**known).order_by("pk").first()


def about(reference: str) -> Any:
    """The exception about the payment of this reference."""
    return item_of(payment_id=payment(reference).pk)


def item_act(item: Any, name: str) -> str:
    return f"{ITEMS}{item.public_id}/do/{name}/"


def event_act(item: Any, name: str) -> str:
    """The same from the page of the event that brought it."""
    return f"/admin/core/inboundevent/{public_id('in', item.inbound_event_id)}/do/{name}/"


def big_money() -> Any:
    """More came for nobody than one person may allocate; the exception about it."""
    deliver(notification("TXN_BIG", student="S44", amount=180_000.0))
    decide_all()
    return about("TXN_BIG")


def acts_of(requester: Any) -> dict[str, Where]:
    """Every act of the furnished office, by its name in the registry, each about something it fits. `requester` has asked for
    what is to be decided or withdrawn; what is approved and carried out later is of no kind that the product has.
    """
    asked = [
        request_adjustment(
            debit="bank:equity:KES", credit="income:donations:KES", amount_minor=250_000, reference=f"V-{number}",
            actor=requester.actor, reason="The alumni paid in.",
        )
        for number in range(3)
    ]  # fmt: skip
    approval = [f"/admin/access/approval/{one.public_id}/do/" for one in asked]
    return {
        "access_approval approve": Where(f"{approval[0]}approve/", {}, APPROVER, "access.approve"),
        "access_approval reject": Where(f"{approval[1]}reject/", {}, APPROVER, "access.reject"),
        "access_approval withdraw": Where(f"{approval[2]}withdraw/", {}, OFFICER, "access.cancel_approval", requester),
        **_about_money(),
        **_about_exceptions(),
    }


def _about_money() -> dict[str, Where]:
    student = "/admin/students/student/S004/do/"
    fee = public_id("fee", FeeCharge.objects.order_by("pk")[0].pk)
    adjust = {"debit": "bank:equity:KES", "credit": "income:donations:KES", "amount": "1,500.00", "reference": "V-9"}
    from_transfers = adjust | {"reference": "V-10"}
    fine = {"amount": "1500", "description": "Library fine", "reference": "F-1"}
    opened, closed = PaymentRoute.objects.order_by("pk")[:2]
    set_open(route_id=closed.pk, is_open=False, actor="system:test", reason="The desk of the tests.")
    pending = asked_for(an_order(a_merchant()))
    settled(heard_of(pending))
    route = "/admin/payments/paymentroute/"
    return {
        "students_student charge": Where(f"{student}charge/", fine, OFFICER, "students.charge"),
        "students_student write-off": Where(
            f"{student}write-off/", {"amount": "100", "reference": "W-1"}, OFFICER, "students.write_off"
        ),
        "students_feecharge cancel": Where(f"/admin/students/feecharge/{fee}/do/cancel/", {}, OFFICER, "access.request_approval"),
        "ledger_account adjust none": Where("/admin/ledger/account/do/adjust/", adjust, OFFICER, "access.request_approval"),
        "ledger_transfer adjust none": Where(
            "/admin/ledger/transfer/do/adjust/", from_transfers, OFFICER, "access.request_approval"
        ),
        "payments_payment ask": Where(
            f"/admin/payments/payment/{pending.public_id}/do/ask/", {}, OFFICER, "payments.ask_gateway"
        ),
        "payments_paymentroute open": Where(f"{route}{closed.public_id}/do/open/", {}, OFFICER, "payments.open_route"),
        "payments_paymentroute close": Where(f"{route}{opened.public_id}/do/close/", {}, OFFICER, "payments.close_route"),
    }


def _about_exceptions() -> dict[str, Where]:
    suspense, flag, quarantine, conflict = about("TXN_2"), about("TXN_3"), item_of(kind="quarantine"), item_of(kind="conflict")
    deliver(notification("TXN_KEPT", student="S45"))
    decide_all()
    kept = about("TXN_KEPT")
    return_for_refund(item_id=kept.pk, actor="system:test", reason="The desk of the tests.")
    return {
        "core_exceptionitem allocate": Where(item_act(suspense, "allocate"), {"account": "S004"}, OFFICER, "payments.allocate"),
        "core_exceptionitem return": Where(item_act(suspense, "return"), {}, OFFICER, "payments.return_for_refund"),
        "core_exceptionitem keep": Where(item_act(kept, "keep"), {}, OFFICER, "payments.keep"),
        "core_exceptionitem accept": Where(item_act(flag, "accept"), {}, OFFICER, "payments.accept"),
        "core_exceptionitem replay": Where(item_act(quarantine, "replay"), {}, OFFICER, "webhooks.replay"),
        "core_exceptionitem dismiss": Where(item_act(conflict, "dismiss"), {}, OFFICER, "webhooks.dismiss"),
        "core_inboundevent replay": Where(event_act(quarantine, "replay"), {}, OFFICER, "webhooks.replay"),
        "core_inboundevent dismiss": Where(event_act(conflict, "dismiss"), {}, OFFICER, "webhooks.dismiss"),
        "core_exceptionitem accept many": Where(f"{ITEMS}do/accept/", {"chosen": flag.public_id}, OFFICER, "payments.accept"),
        "core_exceptionitem replay many": Where(f"{ITEMS}do/replay/", {"chosen": conflict.public_id}, OFFICER, "webhooks.replay"),
        "core_exceptionitem dismiss many": Where(
            f"{ITEMS}do/dismiss/", {"chosen": quarantine.public_id}, OFFICER, "webhooks.dismiss"
        ),
    }


def heard_of(payment: Any) -> Evidence:
    """Its gateway has taken the payer's prompt, and nobody has answered that."""
    said = success(payment, "R1")
    return said._replace(status=Status.PENDING, movement=None, keys=(*said.keys, Key("checkout", "ws_CO_1")))


def trail() -> list[str]:
    """The acts in the audit trail so far, oldest first."""
    return list(AuditEntry.objects.order_by("pk").values_list("act", flat=True))
