"""The contract's stage: the product's door and the gateways' far side as real servers, and this process as the worker."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from access.models import GatewayToken
from access.services.gateway_tokens import install_token
from payments.models import GatewayState, NaturalKey, Order, Payment, PaymentAttempt, PaymentHistory, PaymentRequest
from payments.services.requesting import Wanted, pay_order
from payments.services.working import ask_gateways
from tests.cast import decide_all
from tests.gateways.cases import Case, Payer
from tests.gateways.far import FarSide, far_side
from tests.payments.shop import a_merchant, an_order
from tests.servers import server


def was_sent(payment: Payment) -> bool:
    """Has its charge come to an end, whatever that was?"""
    return PaymentAttempt.objects.filter(payment_id=payment.id, operation="charge", status__in=["unknown", "answered"]).exists()


def was_tried(payment: Payment) -> bool:
    """Has its charge been sent once, even if it was put back?"""
    tried = PaymentAttempt.objects.filter(payment_id=payment.id, operation="charge", tries__gte=1)
    return tried.exclude(status="sent").exists()


FINAL = ("succeeded", "failed", "expired", "cancelled", "voided", "partially_paid")
PREFIXES = {"cellulant": "tingg", "mpesa": "daraja"}


@dataclass
class Stage:
    """`door` is the product's address, `far` the gateways'."""

    door: str
    far: FarSide

    def order(self, case: Case, payer: Payer | None = None) -> Order:
        """An order as large as this payer's magic wants it."""
        wanted = payer or case.pays
        merchant = a_merchant(f"Duka{Order.objects.count()}")
        return an_order(merchant, wanted.amount_minor, case.currency)

    def ask(self, case: Case, payer: Payer | None = None, order: Order | None = None, **wanted: Any) -> Payment:
        """Start a payment; the worker has not seen it yet."""
        payer = payer or case.pays
        order = order or self.order(case, payer)
        return pay_order(order_id=order.id, wanted=Wanted(case.method, payer.details, **wanted), caller="user:payer")

    def close_circuits(self) -> None:
        """As after a quiet minute: five errors by chance, of whichever test, would keep the next from being sent for as long."""
        GatewayState.objects.update(circuit=GatewayState.Circuit.CLOSED, failures=0, retry_at=None)

    def work(self) -> None:
        """One turn of the worker: call gateways, decide what came in."""
        ask_gateways()
        decide_all()

    def until(self, payment: Payment, wanted: Callable[[Payment], bool], seconds: float = 25) -> Payment:
        """Work until the payment is as wanted."""
        deadline = time.monotonic() + seconds
        while True:
            self.work()
            payment.refresh_from_db()
            if wanted(payment):
                return payment
            assert time.monotonic() < deadline, f"{payment.gateway} {payment.status}: {self.told(payment)}"
            time.sleep(0.05)

    def known(self, payment: Payment) -> Payment:
        """Work until it is over."""
        return self.until(payment, lambda seen: seen.status in FINAL)

    def quiet(self, seconds: float = 25) -> None:
        """Work until the far side has nothing more to tell."""
        deadline = time.monotonic() + seconds
        while True:
            self.far.fall_quiet(seconds)
            self.work()
            if decide_all() == 0:
                return
            assert time.monotonic() < deadline

    def paid(self, payment: Payment) -> int:
        """What was really paid for it, in minor units. M-Pesa is told no name of ours but the bill's."""
        names = {payment.public_id, PaymentRequest.objects.get(pk=payment.id).bill_reference}
        keys = set(NaturalKey.objects.filter(payment_id=payment.id).values_list("reference", flat=True))
        return sum(fact["amount_minor"] for fact in self.far.paid() if fact["ours"] in names or fact["reference"] in keys)

    def time_is_over(self, payment: Payment) -> None:
        """What would take the payer's whole time happens now: the last question is due."""
        self.until(payment, lambda seen: seen.status != "pending" or was_sent(seen))
        now = timezone.now()
        PaymentRequest.objects.filter(pk=payment.id).update(expires_at=now, next_poll_at=now)

    def told(self, payment: Payment) -> list[Any]:
        """Its history, for whoever reads a failure."""
        steps = PaymentHistory.objects.filter(payment_id=payment.id).values_list("evidence", "to_status", "reason")
        calls = PaymentAttempt.objects.filter(payment_id=payment.id).values_list("operation", "status", "outcome", "detail")
        return [*steps, *calls]


@contextmanager
def servers(folder: Path) -> Iterator[tuple[str, str]]:
    """The door and the far side, telling each other; their addresses."""
    with server(folder / "door.log") as door, far_side(folder / "far.log", tell=door) as far:
        yield door, far.url


def let_in() -> None:
    """The tokens of the gateways that have no signature."""
    for gateway in ("cellulant", "mpesa"):
        install_token(gateway=gateway, kind=GatewayToken.Kind.PATH, token=settings.GATEWAYS[gateway]["callback_token"])


def aim(settings: Any, door: str, far: str) -> None:
    """Have this process call that far side, on quick ladders, and be called back at that door."""
    settings.PUBLIC_URL = door
    settings.GATEWAY_PACE_PERCENT = 2
    settings.GATEWAYS = {
        name: {**facts, "base_url": f"{far}/{PREFIXES.get(name, name)}"} for name, facts in settings.GATEWAYS.items()
    }
