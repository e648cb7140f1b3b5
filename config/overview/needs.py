"""What needs a human, in plain words."""

from collections import defaultdict
from datetime import datetime

from config.dashboard.figures import Attention, Rows, Waiting
from config.overview.blocks import Need, Needs
from config.overview.wording import age
from core.admin.exception_items import KIND_TONES, in_words
from payments.admin.wording import gateway
from payments.models import WaitingPayment
from payments.statuses import Status

_LABELS = {
    "conflict": "in conflict",
    "poison": "failed here",
    "quarantine": "quarantined",
    "suspense": "in suspense",
    "flag": "flagged",
}
"""By kind of exception, the gravest first."""


def needs(attention: Attention, now: datetime, *, sees_approvals: bool) -> Needs:
    """Only what there is: a row of zeros would hide the one that matters."""
    items = [_gateway(waiting, now) for waiting in attention.gateways]
    by_kind: dict[str, list[Waiting]] = defaultdict(list)
    for waiting in attention.exceptions:
        by_kind[waiting.kind].append(waiting)
    items += [_exceptions(by_kind[kind], label, now) for kind, label in _LABELS.items() if kind in by_kind]
    if attention.approvals and sees_approvals:
        waiting = attention.approvals
        items.append(
            Need(
                waiting.count, "to approve", "Asked for, and to be decided by another", age(waiting.oldest, now), waiting.rows.url
            )
        )
    items += [_stuck(waiting, now) for waiting in attention.stuck]
    return Needs(items, "Nothing needs a human.")


def _gateway(waiting: Waiting, now: datetime) -> Need:
    detail = waiting.reason or "Its last calls failed"
    return Need(1, f"{gateway(waiting.kind)} does not answer", detail, age(waiting.oldest, now), waiting.rows.url, "bad")


def _exceptions(found: list[Waiting], label: str, now: datetime) -> Need:
    kind = found[0].kind
    most = sorted(found, key=lambda one: -one.count)
    reasons = ", ".join(in_words(one.reason).lower() for one in most[:3]) + (", …" if len(most) > 3 else "")
    url = Rows("core_exceptionitem", {"status": "open", "kind": kind}).url
    oldest = min(one.oldest for one in found)
    return Need(sum(one.count for one in found), label, reasons.capitalize(), age(oldest, now), url, KIND_TONES.get(kind, ""))


def _stuck(waiting: Waiting, now: datetime) -> Need:
    unknown = waiting.reason == Status.UNKNOWN
    label = "with an unknown end" if unknown else f"stuck as {Status(waiting.reason).label.lower()}"
    detail = f"The gateway has said nothing for over {WaitingPayment.SILENT_MINUTES} minutes"
    return Need(waiting.count, label, detail, age(waiting.oldest, now), waiting.rows.url)
