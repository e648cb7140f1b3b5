"""The worker's side: whatever is to be sent or asked is taken row by row and carried out, several at a time.

One task, woken after each commit that made work and by beat every five seconds. In each process one of them works, and the others
leave it word to look again: so a gateway that stays silent holds up neither the worker's other tasks nor, because no gateway gets
all of the threads, another gateway's payers. Rows are claimed by conditional updates, so any number of processes may run it.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Event, Lock
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.utils import timezone

from core.defer import nudge
from payments.models import GatewayState, PaymentAttempt
from payments.services import asking, polling
from payments.services.ordering import expire_orders
from payments.services.requesting import ASK

logger = logging.getLogger(__name__)
AT_ONCE = 16
OF_ONE_GATEWAY = 6
"""Calls to one gateway that are out at the same time, give or take a handful of questions."""
OF_ONE_KIND = 12
"""Charges and the like never take the last places from questions, nor questions from them, however many gateways are silent."""
STAYS_SECONDS = 20.0
LOOKS_SECONDS = 0.5
_at_work = Lock()
_look_again = Event()
_ending = Event()


class Work(NamedTuple):
    """A call to make. `attempt` is what is to be sent, None for a question, which was claimed when it was taken."""

    gateway: str
    attempt: UUID | None
    carry_out: Callable[[], bool]


def ask_gateways() -> int:
    """Send what waits and ask what is due, until nothing is left or time is up. Returns how many calls were made.

    Where somebody in this process is at it already, it is left to them.
    """
    made, until = 0, time.monotonic() + STAYS_SECONDS
    _look_again.set()
    while not _is_over(until) and _look_again.is_set() and _at_work.acquire(blocking=False):
        made += _work(until)
    return made


def end_soon() -> None:
    """Take nothing more in this process: it is stopping, and what it would begin now might be killed with it."""
    _ending.set()


def _work(until: float) -> int:
    """Keep as many calls out as may be. Lets go of `_at_work` when it takes no more, before the last calls have come back."""
    made = 0
    out: dict[Future[bool], Work] = {}
    failed: list[Work] = []
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="asking") as pool:
        try:
            while not _is_over(until):
                _look_again.clear()
                out |= {pool.submit(_carried_out, work.carry_out): work for work in _due(out.values(), failed)}
                if not out:
                    break
                for done in wait(out, timeout=LOOKS_SECONDS, return_when=FIRST_COMPLETED).done:
                    work = out.pop(done)
                    made += _made(done, work)
                    if done.exception():
                        failed.append(work)
        finally:
            _at_work.release()
        if out:
            nudge(ASK)  # whoever comes next need not wait for these
    return made + sum(_made(last, work) for last, work in out.items())


def _is_over(until: float) -> bool:
    return _ending.is_set() or time.monotonic() >= until


def _made(done: "Future[bool]", work: Work) -> bool:
    """Was a call made? One that failed in our code is no reason to leave the others."""
    if failed := done.exception():
        logger.error("a call to %s failed in our code", work.gateway, exc_info=failed)
        return False
    return done.result()


def sweep() -> None:
    """What died halfway is closed, and orders nobody paid are."""
    asking.give_up_silent()
    expire_orders()


def _due(out: Collection[Work], failed: Collection[Work]) -> list[Work]:
    """What may go now, beside what is out. What failed is left to the next who looks."""
    now, busy, room = timezone.now(), Counter(work.gateway for work in out), AT_ONCE - len(out)
    begun = [work.attempt for work in (*out, *failed) if work.attempt]
    sending = sum(work.attempt is not None for work in out)
    waiting = PaymentAttempt.objects.filter(status=PaymentAttempt.Status.PREPARED, send_after__lte=now).order_by("send_after")
    places = min(room, OF_ONE_KIND - sending)
    taken: list[Work] = []
    for attempt_id, gateway in (
        waiting.exclude(gateway__in=_full(busy)).exclude(pk__in=begun).values_list("pk", "gateway")[:places]
    ):
        if busy[gateway] < OF_ONE_GATEWAY:
            busy[gateway] += 1
            taken.append(Work(gateway, attempt_id, _sending(attempt_id)))
    left = min(room - len(taken), OF_ONE_GATEWAY, OF_ONE_KIND - (len(out) - sending))
    if not left:
        return taken
    shut = GatewayState.objects.filter(circuit=GatewayState.Circuit.OPEN, retry_at__gt=now).values_list("pk", flat=True)
    questions = polling.take_due(left, now, [*shut, *_full(busy)])
    return taken + [Work(gateway, None, _asking(payment_id)) for payment_id, gateway in questions]


def _full(busy: Counter[str]) -> list[str]:
    return [gateway for gateway, calls in busy.items() if calls >= OF_ONE_GATEWAY]


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
