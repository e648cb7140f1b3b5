"""What there is to take pictures of: the demo's pages by name, with something worth seeing on each."""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from django.conf import settings

from core.ids import public_id
from tests.browser.door_sights import at_the_door
from tests.browser.lookers import person
from tests.browser.pictures import Shot
from tests.browser.plight_sights import plights

LISTS = {
    "exceptions": "core_exceptionitem",
    "approvals": "access_approval",
    "students": "students_student",
    "fees-charged": "students_feecharge",
    "payments": "payments_payment",
    "orders": "payments_order",
    "accounts": "ledger_account",
    "transfers": "ledger_transfer",
    "gateways": "payments_gatewaystate",
    "inbound-events": "core_inboundevent",
    "calls-to-gateways": "payments_paymentattempt",
    "routes": "payments_paymentroute",
    "refused-requests": "core_inboundreject",
    "gateway-tokens": "access_gatewaytoken",
    "users": "access_user",
    "roles": "auth_group",
    "merchants": "access_merchant",
    "api-keys": "access_apikey",
    "audit-trail": "access_auditentry",
    "saved-filters": "access_savedfilter",
    "scheduled-tasks": "django_celery_beat_periodictask",
}
PAGES = {
    "fee-charged": "students_feecharge",
    "order": "payments_order",
    "transfer": "ledger_transfer",
    "gateway": "payments_gatewaystate",
    "call-to-a-gateway": "payments_paymentattempt",
    "route": "payments_paymentroute",
    "refused-request": "core_inboundreject",
    "gateway-token": "access_gatewaytoken",
    "user": "access_user",
    "role": "auth_group",
    "merchant": "access_merchant",
    "api-key": "access_apikey",
    "audit-entry": "access_auditentry",
    "saved-filter": "access_savedfilter",
    "scheduled-task": "django_celery_beat_periodictask",
}
_SECONDS_FOR_THE_WORKER = 20
SELLER = {"X-Api-Key": "key_test_abc123", "X-Api-Secret": "secret_test_xyz789"}
NEW_STUDENTS = "student_id,first_name,last_name\nS901,Wanjiku,Kamau\nS902,Otieno,Odhiambo\nS004,Joan,Zuria\n"
WRONG_STUDENTS = "student_id,first_name,last_name,email\nS901,Wanjiku,Kamau,wanjiku\n,Otieno,Odhiambo,\nS901,Amina,Ali,\n"
NEW_FEES = """student_id,amount,description,reference,term,due_date
S004,25000.00,Hostel,HOSTEL-S004,2027/1,2027-01-15
S002,1500.00,Library card,CARD-S002,,
S003,80000.00,Tuition,TUITION-S003,2027/1,2027-01-15
"""
WRONG_FEES = """student_id,amount,description,reference
S004,25 000,Hostel,HOSTEL-S004
S999,1500.00,Library card,CARD-S999
S003,-5.00,,TUITION-S003
"""
CHOSEN = {"debit": "bank:equity:KES", "credit": "income:donations:KES", "amount": "1,500.00", "reference": "V-9"}


def furnish() -> None:
    """What a fresh demo lacks: a request that waits, calls to a gateway, a refused request, a saved filter, a closed route."""
    from access.services.saved_filters import save_filter
    from ledger.services.adjusting import request_adjustment
    from payments.models import PaymentRoute

    officer = person("officer")
    request_adjustment(
        debit="bank:equity:KES", credit="income:donations:KES", amount_minor=2_500_000, reference="V-2026-117",
        actor=officer.actor, reason="The alumni paid in for the library.",
    )  # fmt: skip
    if not officer.saved_filters.exists():
        save_filter(owner=officer, list_name="payments_payment", name="Failed", query="status=failed", shared=True)
    PaymentRoute.objects.get_or_create(method="card", currency="UGX", defaults={"gateway": "stripe", "is_open": False})
    order = _api("orders", {"amount": 125_000, "currency": "KES", "receipt": "BOOKS-1"}, key="pictures-order")
    _api("payments", {"order_id": order["id"], "method": "mpesa", "phone_number": "0712345678"}, key="pictures-mpesa")
    _wait_until(_asked_for().exists)
    with suppress(HTTPError):
        _api("payment/notification", {"transactionId": "FORGED-1"})
    _resolve_one(officer)


def _asked_for() -> Any:
    """Payments that a gateway was called for, and that were paid."""
    from payments.models import Payment, PaymentAttempt

    called = PaymentAttempt.objects.filter(operation="charge").values("payment_id")
    return Payment.objects.filter(pk__in=called, status="succeeded").order_by("-pk")


def _wait_until(happened: Callable[[], bool]) -> None:
    for _ in range(_SECONDS_FOR_THE_WORKER):
        if happened():
            return
        time.sleep(1)


def _resolve_one(officer: Any) -> None:
    """Money for a student who is no longer there, which the officer lets stand."""
    from core.models import ExceptionItem
    from payments.services.accepting import accept

    if ExceptionItem.objects.filter(status="resolved", resolved_by=officer.actor).exists():
        return
    sent = {
        "transactionId": "PICTURES-1",
        "studentId": "S002",
        "amountPaid": 4000.00,
        "paymentMethod": "MPESA",
        "status": "SUCCESS",
    }
    _api("payment/notification", sent | {"timestamp": datetime.now(UTC).isoformat()}, bearer=settings.CELLULANT_BEARER_TOKEN)
    flagged = ExceptionItem.objects.filter(status="open", kind="flag", amount_minor=400_000).order_by("-pk")
    _wait_until(flagged.exists)
    for item in flagged[:1]:
        accept(item_id=item.pk, actor=officer.actor, reason="He pays what he still owes from last term.")


def sights() -> Iterator[Shot]:
    from tests.admin.office import lists, pages

    # First of all: what was given at the door holds for ten minutes.
    yield from at_the_door()
    yield Shot("overview", "officer", "/admin/")
    yield Shot("search", "officer", "/admin/search/?s=ali")
    yield Shot("not-found", "officer", "/admin/payments/payment/pay_00000000000000000000000000/change/")
    yield Shot("not-allowed", "officer", "/admin/students/student/add/")
    there, every = lists(), pages()
    yield from (Shot(name, "officer", there[model]) for name, model in LISTS.items())
    yield from (Shot(name, "officer", every[model]) for name, model in PAGES.items() if model in every)

    yield Shot("transfers-recorded-up-to", "officer", f"{there['ledger_transfer']}?recorded={_days_ago(0)}")
    yield from _books()
    yield from _troubles()
    yield from _payment_and_student()
    yield from _inbox()
    yield from _imports()
    yield from plights()


def _books() -> Iterator[Shot]:
    account = "/admin/ledger/account/gateway:cellulant:clearing:KES/change/"
    yield Shot("account", "officer", account)
    yield Shot("account-as-of", "officer", f"{account}?as_of={_days_ago(7)}")
    yield Shot("trial-balance", "officer", "/admin/ledger/account/trial-balance/")
    yield Shot("trial-balance-as-of", "officer", f"/admin/ledger/account/trial-balance/?as_of={_days_ago(7)}")
    yield Shot("adjust", "officer", f"/admin/ledger/account/do/adjust/?{urlencode(CHOSEN)}")
    from access.models import Approval

    asked = Approval.objects.filter(status="requested").order_by("-pk")[0].public_id
    yield Shot("approval", "approver", f"/admin/access/approval/{asked}/change/")
    yield Shot("approval-own", "officer", f"/admin/access/approval/{asked}/change/")
    yield Shot("approve", "approver", f"/admin/access/approval/{asked}/do/approve/")
    yield Shot("reject", "approver", f"/admin/access/approval/{asked}/do/reject/")
    yield Shot("withdraw", "officer", f"/admin/access/approval/{asked}/do/withdraw/")


def _troubles() -> Iterator[Shot]:
    from core.models import ExceptionItem

    found: dict[str, ExceptionItem] = {}
    for item in ExceptionItem.objects.filter(status="open").order_by("pk"):
        found.setdefault(item.kind, item)
    for status in ("returning", "resolved"):
        if (item := ExceptionItem.objects.filter(status=status).order_by("-pk").first()) is not None:
            found[status] = item
    items = "/admin/core/exceptionitem/"
    acts = {
        "suspense": ("allocate", "return"), "flag": ("accept",), "quarantine": ("replay",), "conflict": ("dismiss",),
        "returning": ("keep",),
    }  # fmt: skip
    for kind, item in found.items():
        yield Shot("exception" if kind == "suspense" else f"exception-{kind}", "officer", f"{items}{item.public_id}/change/")
        for act in acts.get(kind, ()):
            whose = "?account=student:S004:KES" if act == "allocate" else ""
            yield Shot(act, "officer", f"{items}{item.public_id}/do/{act}/{whose}")
    if "suspense" in found:
        yield Shot("allocate-find", "officer", f"{items}{found['suspense'].public_id}/do/allocate/")
    chosen = urlencode({"chosen": [item.public_id for item in found.values()]}, doseq=True)
    for act in ("accept", "replay", "dismiss"):
        yield Shot(f"{act}-many", "officer", f"{items}do/{act}/?{chosen}")
    if "quarantine" in found:
        event = f"/admin/core/inboundevent/{public_id('in', found['quarantine'].inbound_event_id)}/"
        yield Shot("inbound-event-quarantined", "officer", f"{event}change/")
        yield Shot("replay-event", "officer", f"{event}do/replay/")
        yield Shot("dismiss-event", "officer", f"{event}do/dismiss/")


def _payment_and_student() -> Iterator[Shot]:
    from payments.models import Payment
    from students.models import FeeCharge

    # Of an order: asked for, called out for, heard of and booked.
    asked = _asked_for()[0]
    yield Shot("payment", "officer", f"/admin/payments/payment/{asked.public_id}/change/")
    yield Shot("ask-the-gateway", "officer", f"/admin/payments/payment/{asked.public_id}/do/ask/")
    # The one who has paid most often.
    payment = Payment.objects.filter(reference__startswith="DEMO-0", status="succeeded").order_by("-pk")[0]
    student = f"/admin/students/student/{payment.account.split(':')[1]}"
    yield Shot("student", "officer", f"{student}/change/")
    yield Shot("student-statement", "officer", f"{student}/statement/")
    fee = {"amount": "1500", "description": "Library fine", "reference": "F-1"}
    yield Shot("charge-fee", "officer", f"{student}/do/charge/?{urlencode(fee)}")
    yield Shot("write-off", "officer", f"{student}/do/write-off/?{urlencode({'amount': '100', 'reference': 'W-1'})}")
    charged = public_id("fee", FeeCharge.objects.order_by("pk")[0].pk)
    yield Shot("cancel-fee", "officer", f"/admin/students/feecharge/{charged}/do/cancel/")


def _inbox() -> Iterator[Shot]:
    from core.models import InboundEvent
    from payments.models import PaymentRoute

    event = InboundEvent.objects.order_by("pk")[0]
    yield Shot("inbound-event", "officer", f"/admin/core/inboundevent/{public_id('in', event.pk)}/change/")
    for act, is_open in (("close", True), ("open", False)):
        if (route := PaymentRoute.objects.filter(is_open=is_open).order_by("pk").first()) is not None:
            yield Shot(f"{act}-route", "officer", f"/admin/payments/paymentroute/{route.public_id}/do/{act}/")


def _imports() -> Iterator[Shot]:
    for shown, model, kind, lines in (
        ("students", "student", "students", NEW_STUDENTS),
        ("students-wrong", "student", "students", WRONG_STUDENTS),
        ("fees", "feecharge", "fees", NEW_FEES),
        ("fees-wrong", "feecharge", "fees", WRONG_FEES),
    ):
        address = f"/admin/students/{model}/import/"
        if not shown.endswith("wrong"):
            yield Shot(f"import-{shown}", "officer", address)
        yield Shot(f"import-{shown}-preview", "officer", f"{address}{_upload(kind, lines)}/")


def _upload(kind: str, lines: str) -> str:
    from students.services.uploads import keep_upload

    return keep_upload(kind=kind, contents=lines.encode(), name=f"{kind}.csv", actor=person("officer").actor).public_id


def _api(path: str, body: dict[str, Any], *, key: str = "", bearer: str = "") -> dict[str, Any]:
    base = f"http://127.0.0.1:{os.environ.get('PORT') or 8000}/api/v1/"
    headers = {"Content-Type": "application/json", **({"Idempotency-Key": key, **SELLER} if key else {})}
    headers |= {"Authorization": f"Bearer {bearer}"} if bearer else {}
    with urlopen(Request(base + path, json.dumps(body).encode(), headers), timeout=20) as answer:  # noqa: S310 - our own
        read: dict[str, Any] = json.load(answer)
        return read


def _days_ago(days: int) -> str:
    from core.admin.filters import midnight

    return f"{midnight(days):%Y-%m-%d}"
