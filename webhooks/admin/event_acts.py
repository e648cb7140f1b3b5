"""The same from an inbound event's own page: send it in again, or decide that nothing is to be done about it."""

from django.http import HttpRequest

from access.admin.plans import plan_of
from core.admin import acts
from core.admin.acts import Act, Done, Filled, Plan, Said
from core.ids import public_id
from core.models import InboundEvent, InboundOutcome, InboundPending
from webhooks.admin.exception_acts import DISMISS, REPLAY
from webhooks.deciding import FAILED
from webhooks.errors import NothingToReplay
from webhooks.services.dismissing import dismiss_events
from webhooks.services.rehearsing import preview_replay
from webhooks.services.replaying import replay


def _failed(request: HttpRequest, event: InboundEvent) -> bool:
    """Was it decided to be unfit, and does nobody decide it anew just now?"""
    failed = InboundOutcome.objects.filter(pk=event.pk, verdict__in=FAILED).exists()
    return failed and not InboundPending.objects.filter(pk=event.pk).exists()


def _check_failed(request: HttpRequest, event: InboundEvent) -> None:
    if not _failed(request, event):
        raise NothingToReplay("It is settled, dismissed, or waits to be decided.")


def _plan_replay(request: HttpRequest, event: InboundEvent, filled: Filled) -> Plan:
    _check_failed(request, event)
    seen = plan_of(request, preview_replay(event_id=event.pk))
    return Plan(seen.summary, seen.blocks, seen.warnings, exactly=seen.exactly)


def _replay(event: InboundEvent, filled: Filled, said: Said) -> Done:
    if not replay([event.pk], actor=said.actor, reason=said.reason):
        raise NothingToReplay
    return Done("Sent in again; it is decided in a moment.")


def _plan_dismissal(request: HttpRequest, event: InboundEvent, filled: Filled) -> Plan:
    _check_failed(request, event)
    return Plan(f"Dismiss {public_id('in', event.pk)}: nothing of it is booked, now or later.")


def _dismiss(event: InboundEvent, filled: Filled, said: Said) -> Done:
    if not dismiss_events(event_ids=[event.pk], actor=said.actor, reason=said.reason):
        raise NothingToReplay("It is settled, dismissed, or waits to be decided.")
    return Done("Dismissed. Nothing was booked of it.")


_EVENT = "core_inboundevent"
acts.add(_EVENT, Act("replay", "Replay", REPLAY, "core.replay", _plan_replay, _replay, fits=_failed, tone="main", rank=30))
acts.add(_EVENT, Act("dismiss", "Dismiss", DISMISS, "core.dismiss", _plan_dismissal, _dismiss, fits=_failed, tone="bad", rank=40))
