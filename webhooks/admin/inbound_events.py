from typing import Any

from django.contrib import admin
from django.db.models import BinaryField, F, QuerySet
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from core.admin import shown
from core.admin.acting import ActingAdmin
from core.admin.addresses import has_page, link_to
from core.admin.blocks import Block, Column, Facts, Note, Page, Table, Text
from core.admin.bodies import open_sealed
from core.admin.deliveries import name_of
from core.admin.exception_items import in_words, kind_badge, status_badge
from core.admin.exporting import attribute
from core.admin.filters import Choice, When, choice
from core.bounds import stopping_at
from core.errors import MalformedId
from core.exceptions import as_kept
from core.ids import parse_public_id, public_id
from core.models import ExceptionItem, InboundEvent, InboundOutcome, InboundPending
from core.models.inbound import Verdict
from payments.admin.finding import payments_named
from payments.admin.life import VERDICT_TONES
from payments.admin.wording import GATEWAY_CHOICES, gateway

MOST = 1000
"""Events that a search by their payment finds, at most."""
MEANINGS = {
    "": "It waits to be decided.",
    Verdict.SETTLED: "It moved money, exactly once.",
    Verdict.RECORDED: "It changed or confirmed a state; no money moved.",
    Verdict.DUPLICATE: "Everything it says was known already.",
    Verdict.QUARANTINED: "It is stored, and nothing of it is booked. Staff decide.",
    Verdict.CONFLICT: "It contradicts what is booked. Nothing was changed; staff decide.",
    Verdict.POISON: "Our own code failed on it. It can be replayed once that is mended.",
    Verdict.DISMISSED: "Staff decided that nothing is to be done.",
}


class VerdictFilter(Choice):
    """Driven from the rows that hold the answer: what waits from inbound_pending, what is decided from inbound_outcome."""

    title = "verdict"
    parameter_name = "verdict"
    options = (("pending", "Pending"), *Verdict.choices)

    @property
    def scans(self) -> bool:  # type: ignore[override] # the rare verdicts have an index, the common ones are never far
        return self.value() in {Verdict.SETTLED, Verdict.RECORDED, Verdict.DUPLICATE}

    @property
    def leaves_few(self) -> bool:  # type: ignore[override] # what staff look for; what is pending may be a night's backlog
        return not self.scans and self.value() != "pending"

    def narrow(self, rows: "QuerySet[Any]", value: str) -> "QuerySet[Any]":
        if value == "pending":
            return rows.filter(pk__in=InboundPending.objects.values("event_id"))
        return rows.filter(pk__in=InboundOutcome.objects.filter(verdict=value).values("event_id"))


@admin.register(InboundEvent)
class InboundEventAdmin(ActingAdmin):
    """Everything that gateways told us, newest first."""

    key_prefix = "in"
    list_display = ("received", "sender", "door", "verdict_shown", "reason_shown", "payment")
    list_filter = (When, VerdictFilter, choice("gateway", "gateway", GATEWAY_CHOICES))
    searches = "in_…, pay_… or receipt"
    nothing_here = "No gateway has told us anything yet."
    export_columns = (
        ("Id", lambda event: public_id("in", event.pk)),
        ("Received", attribute("received_at")),
        ("Gateway", attribute("gateway")),
        ("Kind", attribute("kind")),
        ("Verdict", lambda event: event.outcome.verdict if event.outcome else "pending"),
        ("Reason", lambda event: event.outcome.reason if event.outcome else ""),
        ("Payment", lambda event: _payment_name(event.outcome)),
        ("Decided", lambda event: event.outcome.decided_at if event.outcome else None),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.defer("body")

    def find(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        try:
            return rows.filter(pk=parse_public_id("in", term))
        except MalformedId:
            pass
        try:
            payments = [parse_public_id("pay", term)]
        except MalformedId:
            payments = payments_named(term)
        events = InboundOutcome.objects.filter(payment_id__in=payments).order_by("-event_id")
        refused = ExceptionItem.objects.filter(reference=as_kept(term), inbound_event_id__isnull=False).order_by("-id")
        named = {
            *events.values_list("event_id", flat=True)[: MOST + 1],
            *refused.values_list("inbound_event_id", flat=True)[: MOST + 1],
        }
        met = f"the newest {MOST:,} events of a payment" if len(named) > MOST else ""
        found = sorted((key for key in named if key), reverse=True)[:MOST]
        return stopping_at(rows.filter(pk__in=found), met, rest="an older one is found by its own id")

    def label(self, obj: InboundEvent) -> str:
        return f"{gateway(obj.gateway)} {name_of(obj.kind)} {public_id('in', obj.pk)}"

    def complete(self, request: HttpRequest, rows: list[Any]) -> None:
        outcomes = InboundOutcome.objects.defer("detail").in_bulk([row.pk for row in rows])
        for row in rows:
            row.outcome = outcomes.get(row.pk)

    @admin.display(description="Received")
    def received(self, event: InboundEvent) -> SafeString:
        return shown.instant(event.received_at)

    @admin.display(description="Gateway")
    def sender(self, event: InboundEvent) -> str:
        return gateway(event.gateway)

    @admin.display(description="Kind")
    def door(self, event: InboundEvent) -> str:
        return capfirst(name_of(event.kind))

    @admin.display(description="Verdict")
    def verdict_shown(self, event: Any) -> SafeString:
        return verdict_badge(event.outcome)

    @admin.display(description="Reason")
    def reason_shown(self, event: Any) -> SafeString:
        return shown.text(in_words(event.outcome.reason) if event.outcome else "")

    @admin.display(description="Payment")
    def payment(self, event: Any) -> SafeString:
        return _payment_link(event.outcome)

    def page(self, request: HttpRequest, obj: InboundEvent) -> Page:
        outcome = InboundOutcome.objects.filter(pk=obj.pk).first()
        items = list(ExceptionItem.objects.filter(inbound_event_id=obj.pk).order_by("-id")[:20])
        main: list[Block] = [body_of(request, obj)]
        if outcome and outcome.detail:
            poison = outcome.verdict == Verdict.POISON
            main.insert(0, Text("How our code failed", outcome.detail) if poison else Note(outcome.detail))
        if items:
            main.append(_exceptions(items))
        return Page(
            name=public_id("in", obj.pk),
            heading=f"{gateway(obj.gateway)} {name_of(obj.kind)}",
            state=verdict_badge(outcome),
            lead=MEANINGS.get(outcome.verdict if outcome else "", ""),
            main=main,
            side=[Facts("About this event", _facts(obj, outcome))],
            doors=self.doors(request, obj),
        )


def verdict_badge(outcome: InboundOutcome | None) -> SafeString:
    if outcome is None:
        return shown.badge("Pending", "busy")
    return shown.badge(outcome.get_verdict_display(), VERDICT_TONES.get(outcome.verdict, ""))


def _payment_name(outcome: InboundOutcome | None) -> str:
    return public_id("pay", outcome.payment_id) if outcome and outcome.payment_id else ""


def _payment_link(outcome: InboundOutcome | None) -> SafeString:
    return link_to(public_id("pay", outcome.payment_id)) if outcome and outcome.payment_id else shown.NOTHING


def body_of(request: HttpRequest, event: InboundEvent) -> Block:
    if not request.user.has_perm("core.read_body"):
        return Note("What the gateway sent is encrypted, and your role does not read it.")
    # Sealed, because opening it in the query would fail the page where it can't be opened.
    [sealed] = InboundEvent.objects.filter(pk=event.pk).values_list(Cast(F("body"), BinaryField()), flat=True)
    return Text("What the gateway sent", open_sealed(sealed), note="Card numbers and secrets are hidden")


def _exceptions(items: list[ExceptionItem]) -> Table:
    rows = [
        [
            shown.instant(item.created_at),
            kind_badge(item),
            link_to(public_id("exception", item.pk), in_words(item.reason)),
            shown.text(item.detail),
            status_badge(item),
        ]
        for item in items
    ]
    columns = [Column("Opened"), Column("Kind"), Column("Why"), Column("In words"), Column("Status")]
    return Table("Put in front of staff", columns, rows, "")


def _facts(event: InboundEvent, outcome: InboundOutcome | None) -> list[tuple[str, SafeString]]:
    return [
        ("Id", shown.code(public_id("in", event.pk))),
        ("Gateway", shown.text(gateway(event.gateway))),
        ("Kind", shown.text(capfirst(name_of(event.kind)))),
        ("Received", shown.instant(event.received_at)),
        ("Decided", shown.instant(outcome.decided_at if outcome else None)),
        ("Reason", shown.text(in_words(outcome.reason) if outcome else "")),
        ("Payment", _payment_link(outcome)),
    ]


has_page("in", "core_inboundevent")
