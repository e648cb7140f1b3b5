"""What the office of these tests holds, and the addresses of its pages."""

import json
from typing import Any
from urllib.parse import urlsplit

from django.urls import reverse
from django.utils import timezone

from core.ids import public_id


def furnish() -> None:
    """Students, fees, payments in every plight, what the door refused, and the traces that all this leaves."""
    from access.models import User
    from access.services.api_keys import install_fixed_key
    from access.services.gateway_tokens import install_token
    from access.services.merchants import create_merchant
    from core.models import InboundReject
    from students.services.enrolling import enroll_student
    from tests.cast import decide_all, deliver, notification

    said = {"actor": "system:test", "reason": "The office of the tests."}
    for student_id, first, last, status in _STUDENTS:
        enroll_student(
            student_id=student_id, first_name=first, last_name=last, email=f"{first}@makini.example".lower(),
            phone=_PHONES[student_id], enrollment_status=status, **said,
        )  # fmt: skip
        charge(student_id, 150_000_00, "Tuition")
    seller = User.objects.create_user("amina@makini.example", full_name="Amina Odhiambo")
    shop = create_merchant(owner=seller, name="Makini Bookshop", email="shop@makini.example", **said)
    install_fixed_key(holder=shop, key_id="key_office", secret="secret_office_0123456789", **said)
    install_token(gateway="cellulant", token="a-bearer-token-of-tests")
    deliver(notification("TXN_1", amount=50_000.0), notification("TXN_2", student="S404", amount=1_000.0))
    deliver(
        notification("TXN_3", student="S002"), notification("TXN_4", status="NONSENSE"), notification("TXN_5", status="FAILED")
    )
    deliver(notification("TXN_6", student="S003", amount=200_000.0, cardNumber="4111111111111111", cvv="its-cvv"))
    decide_all()
    deliver(notification("TXN_1", amount=50_000.0), notification("TXN_1", amount=60_000.0))
    decide_all()
    deliver(notification("TXN_LATE"))
    _sell(shop)
    InboundReject.objects.create(
        gateway="cellulant",
        status=401,
        reason="bad_token",
        size=9,
        sample=b'{"a": 1}',
        address="10.0.0.9",
        received_at=timezone.now(),
    )


def _sell(shop: Any) -> None:
    """An order nobody has paid yet, a question that was put to a gateway, and how that gateway has been answering."""
    from payments.models import PaymentAttempt
    from payments.services.breaking import note_answer
    from payments.services.ordering import create_order

    create_order(merchant=shop, amount_minor=1_250_00, currency="KES", receipt="INV-7", notes={"class": "4B"})
    said = {"method": "GET", "url": "https://gateway.example/q", "request": "", "status": 200, "response": '{"ok": true}'}
    asked = payment("TXN_1")
    now = timezone.now()
    PaymentAttempt.objects.create(
        payment_id=asked.id,
        gateway=asked.gateway,
        operation="query",
        amount_minor=asked.amount_minor,
        actor="system:polling",
        status="answered",
        tries=1,
        prepared_at=now,
        sent_at=now,
        answered_at=now,
        outcome="succeeded",
        exchange=json.dumps([said]).encode(),
    )
    note_answer("cellulant")


_STUDENTS = (
    ("S002", "Mohammed", "Ali", "INACTIVE"),
    ("S003", "Yusuf", "Ali", "ACTIVE"),
    ("S004", "Joan", "Zuria", "ACTIVE"),
)
_PHONES = {"S002": None, "S003": None, "S004": "0712345678"}


def charge(student_id: str, amount_minor: int, description: str) -> None:
    from students.services.charging import charge_fee

    charge_fee(
        student_id=student_id, amount_minor=amount_minor, description=description, reference=f"{student_id} {description}",
        actor="system:test", reason="Billing.",
    )  # fmt: skip


def payment(reference: str) -> Any:
    """The payment that the gateway knows under this reference."""
    from payments.models import NaturalKey, Payment

    return Payment.objects.get(pk=NaturalKey.objects.get(reference=reference).payment_id)


def furnish_the_rest() -> None:
    """A request that waits for its second person, a task of beat, a filter that everyone sees: so that every list has a page."""
    from django_celery_beat.models import IntervalSchedule, PeriodicTask

    from access.models import User
    from access.services.saved_filters import save_filter
    from ledger.services.adjusting import request_adjustment

    asked = {"debit": "income:fees:KES", "credit": "student:S004:KES", "amount_minor": 100, "reference": "V-1"}
    request_adjustment(**asked, actor="system:test", reason="The office of the tests.")
    often = IntervalSchedule.objects.create(every=10, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.create(name="sweep the inbox", task="webhooks.drain", interval=often)
    seller = User.objects.get(email="amina@makini.example")
    save_filter(owner=seller, list_name="payments_payment", name="Failed ones", query="status=failed", shared=True)


def lists() -> dict[str, str]:
    """Every list of the back office: app_model → its URL."""
    from config.urls import admin  # the site is filled when the URLs are loaded

    names = sorted(f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry)
    return {name: reverse(f"admin:{name}_changelist") for name in names}


def pages() -> dict[str, str]:
    """One object's page for every list that the office fills."""
    from config.urls import admin

    found = {}
    for model, model_admin in admin.site._registry.items():
        obj = model._default_manager.order_by("pk").first()
        if obj is not None:
            found[f"{model._meta.app_label}_{model._meta.model_name}"] = model_admin.url_of(obj)
    return found


def event_of(reference: str, verdict: str) -> str:
    """The public id of the inbound event that was decided so about this payment."""
    from core.models import InboundOutcome

    return public_id("in", InboundOutcome.objects.get(payment_id=payment(reference).pk, verdict=verdict).event_id)


__all__ = ["charge", "event_of", "furnish", "lists", "pages", "payment"]


def listed(browser: Any, url: str) -> list[Any]:
    """Every row of a list, page after page."""
    rows: list[Any] = []
    while url:
        changelist = browser.get(url).context["cl"]
        rows += changelist.result_list
        url = changelist.after_url and urlsplit(url).path + changelist.after_url
    return rows
