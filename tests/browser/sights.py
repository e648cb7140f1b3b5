"""What there is to take pictures of: the demo's pages by name, with something worth seeing on each."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from core.ids import public_id
from tests.browser.pictures import Shot

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
    "scheduled-task": "django_celery_beat_periodictask",
}
ROLES = ("officer", "approver")
SELLER = {"X-Api-Key": "key_test_abc123", "X-Api-Secret": "secret_test_xyz789"}
CHOSEN = {"debit": "bank:equity:KES", "credit": "income:donations:KES", "amount": "1,500.00", "reference": "V-9"}


def furnish() -> None:
    """What a fresh demo lacks: a request that waits, calls to a gateway, a refused request, a saved filter."""
    from access.services.saved_filters import save_filter
    from ledger.services.adjusting import request_adjustment

    officer = _person("officer")
    request_adjustment(
        debit="bank:equity:KES", credit="income:donations:KES", amount_minor=2_500_000, reference="V-2026-117",
        actor=officer.actor, reason="The alumni paid in for the library.",
    )  # fmt: skip
    if not officer.saved_filters.exists():
        save_filter(owner=officer, list_name="payments_payment", name="Failed", query="status=failed", shared=True)
    order = _api("orders", {"amount": 125_000, "currency": "KES", "receipt": "BOOKS-1"}, key="pictures-order")
    _api("payments", {"order_id": order["id"], "method": "mpesa", "phone_number": "0712345678"}, key="pictures-mpesa")
    with suppress(HTTPError):
        _api("payment/notification", {"transactionId": "FORGED-1"}, key="")


def sessions() -> dict[str, str]:
    """The key of a session of each."""
    from django.test import Client

    found = {}
    for role in ROLES:
        browser = Client()
        browser.force_login(_person(role))
        found[role] = browser.cookies["sessionid"].value
    return found


def sights() -> Iterator[Shot]:
    from tests.admin.office import lists, pages

    yield Shot("sign-in", "", "/admin/login/")
    yield Shot("overview", "officer", "/admin/")
    yield Shot("search", "officer", "/admin/search/?s=ali")
    yield Shot("not-found", "officer", "/admin/payments/payment/pay_00000000000000000000000000/change/")
    yield Shot("not-allowed", "officer", "/admin/students/student/add/")
    there, every = lists(), pages()
    yield from (Shot(name, "officer", there[model]) for name, model in LISTS.items())
    yield from (Shot(name, "officer", every[model]) for name, model in PAGES.items() if model in every)
    yield Shot("payments-none", "officer", f"{there['payments_payment']}?q=nobody")
    yield Shot("transfers-recorded-up-to", "officer", f"{there['ledger_transfer']}?recorded={_days_ago(0)}")
    yield from _books()
    yield from _troubles()
    yield from _students()
    yield from _inbox()
    yield Shot("password", "officer", "/admin/password_change/")
    yield Shot("import-students", "officer", "/admin/students/student/import/")
    yield Shot("import-students-preview", "officer", f"/admin/students/student/import/{_upload()}/")


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
    yield Shot("withdraw", "officer", f"/admin/access/approval/{asked}/do/withdraw/")


def _troubles() -> Iterator[Shot]:
    from core.models import ExceptionItem

    found: dict[str, ExceptionItem] = {}
    for item in ExceptionItem.objects.filter(status="open").order_by("pk"):
        found.setdefault(item.kind, item)
    items = "/admin/core/exceptionitem/"
    acts = {"suspense": ("allocate", "return"), "flag": ("accept",), "quarantine": ("replay",), "conflict": ("dismiss",)}
    for kind, item in found.items():
        yield Shot("exception" if kind == "suspense" else f"exception-{kind}", "officer", f"{items}{item.public_id}/change/")
        for act in acts.get(kind, ()):
            whose = "?account=student:S004:KES" if act == "allocate" else ""
            yield Shot(act, "officer", f"{items}{item.public_id}/do/{act}/{whose}")
    if "suspense" in found:
        yield Shot("allocate-find", "officer", f"{items}{found['suspense'].public_id}/do/allocate/")
    chosen = urlencode({"chosen": [item.public_id for item in found.values()]}, doseq=True)
    yield Shot("replay-many", "officer", f"{items}do/replay/?{chosen}")


def _students() -> Iterator[Shot]:
    from payments.models import Payment
    from students.models import FeeCharge

    # The one who has paid most often.
    payment = Payment.objects.filter(reference__startswith="DEMO-0", status="succeeded").order_by("-pk")[0]
    student = f"/admin/students/student/{payment.account.split(':')[1]}"
    yield Shot("payment", "officer", f"/admin/payments/payment/{payment.public_id}/change/")
    yield Shot("ask-the-gateway", "officer", f"/admin/payments/payment/{payment.public_id}/do/ask/")
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
    route = PaymentRoute.objects.order_by("pk").first()
    if route is not None:
        from tests.admin.office import pages

        page = pages()["payments_paymentroute"]
        yield Shot("close-route", "officer", page.replace("/change/", "/do/close/"))


def _person(role: str) -> Any:
    from access.models import User

    return User.objects.get(email=f"{role}@bursar.example")


def _upload() -> str:
    from students.services.uploads import keep_upload

    lines = "student_id,first_name,last_name\nS901,Wanjiku,Kamau\nS902,Otieno,Odhiambo\nS004,Joan,Zuria\n"
    return keep_upload(kind="students", contents=lines.encode(), name="new-term.csv", actor=_person("officer").actor).public_id


def _api(path: str, body: dict[str, Any], *, key: str) -> dict[str, Any]:
    base = f"http://127.0.0.1:{os.environ.get('PORT') or 8000}/api/v1/"
    headers = {"Content-Type": "application/json", **({"Idempotency-Key": key, **SELLER} if key else {})}
    with urlopen(Request(base + path, json.dumps(body).encode(), headers), timeout=20) as answer:  # noqa: S310 - our own
        read: dict[str, Any] = json.load(answer)
        return read


def _days_ago(days: int) -> str:
    from core.admin.filters import midnight

    return f"{midnight(days):%Y-%m-%d}"
