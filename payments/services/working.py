"""The worker's side: whatever is to be sent or asked is taken row by row and carried out, several at a time.

One task, woken after each commit that made work and by beat every two seconds. Rows are claimed by conditional updates, so
any number of them may run side by side.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from django.db import connection
from django.utils import timezone

from payments.models import GatewayState, PaymentAttempt
from payments.services import asking, polling
from payments.services.ordering import expire_orders

AT_ONCE = 8
TAKEN = 32
STAYS_SECONDS = 20.0


def ask_gateways() -> int:
    """Send what waits and ask what is due, until nothing is left or time is up. Returns how many calls were made."""
    made, until = 0, time.monotonic() + STAYS_SECONDS
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="asking") as pool:
        while time.monotonic() < until:
            work = _due()
            if not work:
                break
            made += sum(pool.map(_carried_out, work))
    return made


def sweep() -> None:
    """What died halfway is closed, and orders nobody paid are."""
    asking.give_up_silent()
    expire_orders()


def _due() -> list[Callable[[], bool]]:
    now = timezone.now()
    waiting = PaymentAttempt.objects.filter(status=PaymentAttempt.Status.PREPARED, send_after__lte=now).order_by("send_after")
    attempts = list(waiting.values_list("pk", flat=True)[:TAKEN])
    shut = list(GatewayState.objects.filter(circuit=GatewayState.Circuit.OPEN, retry_at__gt=now).values_list("pk", flat=True))
    questions = polling.take_due(TAKEN, now, shut)
    return [_sending(attempt) for attempt in attempts] + [_asking(payment) for payment in questions]


def _sending(attempt_id: UUID) -> Callable[[], bool]:
    return lambda: asking.send(attempt_id)


def _asking(payment_id: UUID) -> Callable[[], bool]:
    def ask() -> bool:
        attempt = polling.question(payment_id)
        if attempt is None:
            return False
        polling.asked(payment_id, answered=asking.make(attempt))
        return True

    return ask


def _carried_out(work: Callable[[], bool]) -> bool:
    try:
        return work()
    finally:
        connection.close()  # a thread of the pool has a connection of its own
