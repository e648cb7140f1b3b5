"""What the inbox has to say on an exception's page: the message behind it, and what sending it in again would come to."""

from django.http import HttpRequest

from access.approvals import Preview
from core.admin import panels
from core.admin.blocks import Block, Note
from core.models import ExceptionItem, InboundEvent
from webhooks.admin.inbound_events import body_of
from webhooks.errors import NothingToReplay
from webhooks.services.dismissing import KINDS
from webhooks.services.rehearsing import rehearse_events


def message_behind(request: HttpRequest, item: ExceptionItem) -> list[Block]:
    """The raw event, by permission, and for what is open and unbooked what the rules make of it as things are now."""
    if item.inbound_event_id is None or not request.user.has_perm("core.view_inboundevent"):
        return []
    event = InboundEvent.objects.filter(pk=item.inbound_event_id).defer("body").first()
    if event is None:
        return []
    open_still = item.kind in KINDS and item.status == ExceptionItem.Status.OPEN
    return [*(_if_replayed(request, event) if open_still else []), body_of(request, event)]


def _if_replayed(request: HttpRequest, event: InboundEvent) -> list[Block]:
    try:
        [heard] = rehearse_events([event.pk])
    except NothingToReplay as waits:
        return [Note(waits.detail)]
    preview = Preview(f"Replayed now, {heard.said}.", heard.lines)
    return [Note(preview.summary), *panels.about("preview", request, preview)]


panels.add("exception", message_behind)
