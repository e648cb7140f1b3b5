from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.admin import names, panels, shown
from core.admin.acting import ActingAdmin
from core.admin.addresses import address_of, has_page, link_to
from core.admin.blocks import Facts, Figure, Figures, Note, Page
from core.admin.exporting import amount, attribute
from core.admin.filters import When, choice
from core.admin.queues import Age, Queue
from core.admin.reasons import heading_of, sentence_of
from core.errors import MalformedId
from core.exceptions import as_kept
from core.ids import parse_public_id, public_id
from core.models import ExceptionItem

KIND_TONES = {"suspense": "warn", "quarantine": "warn", "conflict": "bad", "poison": "bad", "flag": "busy"}
STATUS_TONES = {"open": "warn", "returning": "busy", "resolved": "good", "dismissed": ""}


class Standing(Queue):
    title = "status"
    parameter_name = "status"
    options = tuple(ExceptionItem.Status.choices)

    @property
    def scans(self) -> bool:  # type: ignore[override] # what is open has an index, and what was resolved is never far
        return self.value() in {ExceptionItem.Status.RETURNING, ExceptionItem.Status.DISMISSED}

    @property
    def leaves_few(self) -> bool:  # type: ignore[override] # open are those that staff have still to look at
        return self.value() == ExceptionItem.Status.OPEN


@admin.register(ExceptionItem)
class ExceptionItemAdmin(ActingAdmin):
    """What waits for a human, newest first. What can be done about it, the apps above say."""

    key_prefix = "exception"
    title = "Exceptions"
    in_numbers = ("exception", "exceptions")
    list_display = ("opened", "what", "why", "about", "state", "amount")
    list_filter = (
        Standing,
        choice("kind", "kind", ExceptionItem.Kind.choices),
        Age,
        When,
    )
    searches = "pay_…, in_… or receipt"
    nothing_here = "Nothing needs a human. Whatever can't be settled by itself will stand here."
    export_columns = (
        ("Id", attribute("public_id")),
        ("Opened", attribute("created_at")),
        ("Kind", attribute("kind")),
        ("Reason", attribute("reason")),
        ("About", attribute("subject")),
        ("Reference", attribute("reference")),
        ("Amount", amount("amount_minor")),
        ("Currency", attribute("currency")),
        ("In words", attribute("detail")),
        ("Status", attribute("status")),
        ("Closed", attribute("resolved_at")),
        ("By", attribute("resolved_by")),
        ("Name", attribute("resolver_name")),
        ("What was done", attribute("resolution")),
    )

    def find(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        for prefix, column in (("pay", "payment_id"), ("in", "inbound_event_id"), ("exception", "pk")):
            try:
                return rows.filter(**{column: parse_public_id(prefix, term)})
            except MalformedId:
                continue
        # A payment that is booked is found by its own list; this knows what no payment is called.
        return rows.filter(reference=as_kept(term))

    def complete(self, request: HttpRequest, rows: list[Any]) -> None:
        called = names.names_of({row.resolved_by for row in rows})
        for row in rows:
            row.resolver_name = called.get(row.resolved_by, "")

    def subject(self, obj: ExceptionItem) -> SafeString:
        amount = shown.amount(obj.amount_minor, obj.currency) if obj.amount_minor is not None else ""
        return format_html("<strong>{}</strong> {}", amount, obj.detail or sentence_of(obj.reason, obj.kind))

    def label(self, obj: ExceptionItem) -> str:
        return f"{heading_of(obj.reason)} · {obj.reference}" if obj.reference else heading_of(obj.reason)

    @admin.display(description="Opened")
    def opened(self, item: ExceptionItem) -> SafeString:
        return shown.instant(item.created_at)

    @admin.display(description="Kind")
    def what(self, item: ExceptionItem) -> SafeString:
        return kind_badge(item)

    @admin.display(description="Why")
    def why(self, item: ExceptionItem) -> SafeString:
        what = shown.link(self.url_of(item), heading_of(item.reason))
        return format_html(
            '<span class="bo-why">{}<small>{}</small></span>', what, item.detail or sentence_of(item.reason, item.kind)
        )

    @admin.display(description="About")
    def about(self, item: ExceptionItem) -> SafeString:
        name = item.subject.split(" ", 1)[0]
        url = address_of(name)
        # The whole id says nothing that its end does not; the page has all of it.
        return shown.link(url, f"{name.partition('_')[0]}_…{name[-6:]}") if url else shown.code(name)

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
            ("About", shown.code(obj.subject)),
            *([("Reference", shown.code(obj.reference))] if obj.reference else []),
            ("Opened", shown.instant(obj.created_at)),
            ("Payment", link_to(public_id("pay", obj.payment_id)) if obj.payment_id else shown.NOTHING),
            ("Inbound event", link_to(public_id("in", obj.inbound_event_id)) if obj.inbound_event_id else shown.NOTHING),
        ]
        ending = [
            ("Closed", shown.instant(obj.resolved_at)),
            ("By", names.link_to_person(obj.resolved_by) if obj.resolved_by else shown.NOTHING),
            ("What was done", shown.text(obj.resolution)),
        ]
        figure = Figure("Amount", shown.amount(obj.amount_minor, obj.currency))
        return Page(
            name=heading_of(obj.reason),
            heading=heading_of(obj.reason),
            state=status_badge(obj),
            lead=sentence_of(obj.reason, obj.kind),
            top=[Figures([figure])] if obj.amount_minor is not None else [],
            main=[*([Note(obj.detail)] if obj.detail else []), *panels.about("exception", request, obj)],
            side=[*([Facts("What was decided", ending)] if obj.resolution else []), Facts("About it", facts)],
            doors=self.doors(request, obj),
        )


def in_words(reason: str) -> str:
    """A stable code as a heading: `another_amount` is `Another amount`."""
    return heading_of(reason)


def kind_badge(item: ExceptionItem) -> SafeString:
    return shown.badge(item.get_kind_display(), KIND_TONES.get(item.kind, ""))


def status_badge(item: ExceptionItem) -> SafeString:
    return shown.badge(item.get_status_display(), STATUS_TONES.get(item.status, ""))


has_page("exception", "core_exceptionitem")
