from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.admin import panels, shown
from core.admin.addresses import has_page, link_to
from core.admin.blocks import Facts, Figure, Figures, Note, Page
from core.admin.filters import When, choice
from core.admin.read_only import ReadOnlyAdmin
from core.errors import MalformedId
from core.ids import parse_public_id, public_id
from core.models import ExceptionItem

KIND_TONES = {"suspense": "warn", "quarantine": "warn", "conflict": "bad", "poison": "bad", "flag": "busy"}
MEANINGS = {
    "suspense": "Money came, and its owner is not known. It is booked to suspense until staff allocate it.",
    "quarantine": "A gateway's message is stored and nothing of it is booked, because it can't be trusted as it stands.",
    "conflict": "A gateway's message contradicts what is booked. The books were not changed.",
    "poison": "Our own code failed on a gateway's message. It is stored, and can be replayed once the fault is mended.",
    "flag": "The money is booked. Someone should see whether that is as it should be.",
}
STATUS_TONES = {"open": "warn", "returning": "busy", "resolved": "good", "dismissed": ""}


@admin.register(ExceptionItem)
class ExceptionItemAdmin(ReadOnlyAdmin):
    """What waits for a human, newest first."""

    key_prefix = "exception"
    title = "Exceptions"
    list_display = ("opened", "what", "why", "about", "state", "amount")
    list_filter = (
        choice("status", "status", ExceptionItem.Status.choices),
        choice("kind", "kind", ExceptionItem.Kind.choices),
        When,
    )
    searches = "pay_… or in_…"
    nothing_here = "Nothing needs a human. Whatever can't be settled by itself will stand here."

    def find(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        for prefix, column in (("pay", "payment_id"), ("in", "inbound_event_id"), ("exception", "pk")):
            try:
                return rows.filter(**{column: parse_public_id(prefix, term)})
            except MalformedId:
                continue
        return rows.none()

    @admin.display(description="Opened")
    def opened(self, item: ExceptionItem) -> SafeString:
        return shown.instant(item.created_at)

    @admin.display(description="Kind")
    def what(self, item: ExceptionItem) -> SafeString:
        return kind_badge(item)

    @admin.display(description="Why")
    def why(self, item: ExceptionItem) -> str:
        return in_words(item.reason)

    @admin.display(description="About")
    def about(self, item: ExceptionItem) -> SafeString:
        return link_to(item.subject.split(" ", 1)[0])

    @admin.display(description="Amount")
    def amount(self, item: ExceptionItem) -> SafeString:
        return shown.amount(item.amount_minor, item.currency)

    @admin.display(description="Status")
    def state(self, item: ExceptionItem) -> SafeString:
        return status_badge(item)

    def page(self, request: HttpRequest, obj: ExceptionItem) -> Page:
        facts = [
            ("Kind", kind_badge(obj)),
            ("Reason code", shown.code(obj.reason)),
            ("Opened", shown.instant(obj.created_at)),
            ("Payment", link_to(public_id("pay", obj.payment_id)) if obj.payment_id else shown.NOTHING),
            ("Inbound event", link_to(public_id("in", obj.inbound_event_id)) if obj.inbound_event_id else shown.NOTHING),
        ]
        ending = [
            ("Closed", shown.instant(obj.resolved_at)),
            ("By", link_to(obj.resolved_by) if obj.resolved_by else shown.NOTHING),
            ("What was done", shown.text(obj.resolution)),
        ]
        figure = Figure("Amount", shown.amount(obj.amount_minor, obj.currency))
        return Page(
            name=obj.subject,
            heading=in_words(obj.reason),
            state=status_badge(obj),
            lead=MEANINGS.get(obj.kind, ""),
            top=[Figures([figure])] if obj.amount_minor is not None else [],
            main=[Note(obj.detail or "No more is known than the reason."), *panels.about("exception", request, obj)],
            side=[Facts("About it", facts), *([Facts("What was decided", ending)] if obj.resolution else [])],
        )


def in_words(reason: str) -> str:
    """A stable code as a heading: `another_amount` is `Another amount`."""
    return reason.replace("_", " ").capitalize()


def kind_badge(item: ExceptionItem) -> SafeString:
    return shown.badge(item.get_kind_display(), KIND_TONES.get(item.kind, ""))


def status_badge(item: ExceptionItem) -> SafeString:
    return shown.badge(item.get_status_display(), STATUS_TONES.get(item.status, ""))


has_page("exception", "core_exceptionitem")
