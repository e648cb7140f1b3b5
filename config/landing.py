"""The landing page: what needs a human, what came in today, what happened last. Every figure is bounded and leads to its rows."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from config.queues import inbound_queue
from core.admin import shown
from core.admin.addresses import address_of, link_to
from core.admin.blocks import Block, Column, Figure, Figures, Link, Note, Page, Table
from core.admin.exception_items import in_words, kind_badge
from core.admin.filters import midnight
from core.ids import lowest_id_at, public_id
from core.models import ExceptionItem
from core.money import CURRENCIES
from ledger import chart
from ledger.models import Account, Transfer
from payments.admin import wording
from payments.models import Payment

NEWEST = 8
LATE_SECONDS = 60


def landing(request: HttpRequest) -> Page:
    """Each part only for those who may see its rows."""
    sees = request.user.has_perm
    figures: list[Figure] = []
    main: list[Block] = []
    if sees("core.view_exceptionitem") and sees("core.view_inboundevent"):
        figures += _attention()
        main.append(_exceptions())
    if sees("ledger.view_transfer"):
        figures += [*_suspense(), *_received()]
    if sees("payments.view_payment"):
        main.append(_payments())
    today = datetime.now(shown.school_zone())
    lead = f"{today:%A}, {today.day} {today:%B %Y}"
    if not figures:
        main.append(Note("Your account has no role yet, so there is nothing to see. Ask whoever keeps Bursar."))
    return Page(name="Overview", heading="Overview", lead=lead, top=[Figures(figures)] if figures else [], main=main)


def _list_url(model: str, query: str = "") -> str:
    return reverse(f"admin:{model}_changelist") + query


def _attention() -> list[Figure]:
    url = _list_url("core_exceptionitem", "?status=open")
    counts = ExceptionItem.objects.filter(status="open").order_by().values_list("kind").annotate(count=Count("pk"))
    by_kind = dict(counts)
    total = sum(by_kind.values())
    kinds = " · ".join(f"{by_kind[kind]} {word}" for kind, word in _KINDS.items() if kind in by_kind)
    waiting = inbound_queue()
    late = waiting.oldest_seconds > LATE_SECONDS
    age = f"The oldest for {_duration(waiting.oldest_seconds)}" if waiting.waiting else "Everything is decided"
    return [
        Figure("Open exceptions", shown.text(f"{total:,}"), kinds or "Nothing needs a human", "warn" if total else "good", url),
        Figure(
            "Inbound events waiting",
            shown.text(f"{waiting.waiting + waiting.active:,}"),
            age,
            "bad" if late else "good",
            _list_url("core_inboundevent", "?verdict=pending"),
        ),
    ]


_KINDS = {
    "conflict": "in conflict",
    "poison": "failed here",
    "quarantine": "quarantined",
    "suspense": "in suspense",
    "flag": "flagged",
}


def _suspense() -> list[Figure]:
    """One figure for each currency in which money waits for its owner."""
    codes = [chart.suspense(currency) for currency in sorted(CURRENCIES)]
    accounts: list[Any] = list(Account.objects.filter(code__in=codes).with_balance())
    return [
        Figure(
            "In suspense",
            shown.amount(account.posted_minor, account.currency),
            "Its owner is not known yet",
            "warn",
            address_of(f"account:{account.code}"),
        )
        for account in accounts
        if account.posted_minor
    ]


def _received() -> list[Figure]:
    """What payments brought since the school's midnight: one range of the transfers' key."""
    since = midnight()
    # What is entered today about another day is not today's money, so the instant is asked for too.
    today = Transfer.objects.filter(pk__gte=lowest_id_at(since), kind="payment", effective_at__gte=since).order_by()
    sums = today.values("currency").annotate(total=Sum("amount_minor"), count=Count("pk")).order_by("-count")
    url = _list_url("payments_payment", "?when=today")
    figures = [
        Figure("Received today", shown.amount(int(row["total"]), row["currency"]), _payments_in_words(row["count"]), "", url)
        for row in sums
    ]
    return figures or [Figure("Received today", shown.text("Nothing yet"), "Since midnight", "", url)]


def _payments_in_words(count: int) -> str:
    return "1 payment" if count == 1 else f"{count:,} payments"


def _exceptions() -> Table:
    items = list(ExceptionItem.objects.filter(status="open").order_by("pk")[:NEWEST])
    rows = [
        [
            shown.instant(item.created_at),
            kind_badge(item),
            shown.link(address_of(public_id("exception", item.pk)), in_words(item.reason)),
            link_to(item.subject.split(" ", 1)[0]),
            shown.amount(item.amount_minor, item.currency),
        ]
        for item in items
    ]
    columns = [Column("Since"), Column("Kind"), Column("Why"), Column("About"), Column("Amount", numeric=True)]
    more = [Link("All open exceptions", _list_url("core_exceptionitem", "?status=open"))]
    return Table("Needs a human, longest waiting first", columns, rows, "Nothing needs a human.", more=more)


def _payments() -> Table:
    payments = list(Payment.objects.order_by("-pk")[:NEWEST])
    rows: list[list[SafeString]] = [
        [
            shown.instant(payment.created_at),
            wording.payer(payment),
            shown.link(address_of(payment.public_id), payment.reference or payment.public_id),
            shown.text(wording.method(payment)),
            wording.status_badge(payment.status),
            shown.amount(payment.amount_minor, payment.currency),
        ]
        for payment in payments
    ]
    labels = ("First heard of", "For", "Reference", "By", "Status")
    columns = [*(Column(label) for label in labels), Column("Amount", numeric=True)]
    more = [Link("All payments", _list_url("payments_payment"))]
    return Table("Newest payments", columns, rows, "No payment has come yet.", more=more)


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
