import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.admin import shown
from core.admin.addresses import has_page, link_to
from core.admin.blocks import Block, Facts, Note, Page, Text
from core.admin.bodies import readable
from core.admin.filters import When, choice
from core.admin.names import link_to_person
from core.admin.read_only import ReadOnlyAdmin
from core.errors import MalformedId
from core.ids import parse_public_id, public_id
from ledger.admin.accounts import in_words
from payments.admin import wording
from payments.models import PaymentAttempt

TONES = {"prepared": "busy", "sent": "busy", "answered": "", "unknown": "warn", "refused": "bad"}


@admin.register(PaymentAttempt)
class PaymentAttemptAdmin(ReadOnlyAdmin):
    """Every call to a gateway, written before it was made."""

    key_prefix = "attempt"
    title = "Calls to gateways"
    in_numbers = ("call", "calls")
    list_display = ("prepared", "what", "payment_shown", "state", "outcome_shown")
    list_filter = (
        When,
        choice("status", "status", PaymentAttempt.Status.choices),
        choice("gateway", "gateway", wording.GATEWAY_CHOICES),
        choice("operation", "operation", PaymentAttempt.Operation.choices),
    )
    searches = "pay_… or attempt_…"
    nothing_here = "Nothing was asked of a gateway yet."

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.defer("exchange")

    def find(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        for prefix, field in (("pay", "payment_id"), ("attempt", "pk")):
            try:
                return rows.filter(**{field: parse_public_id(prefix, term)})
            except MalformedId:
                continue
        return rows.none()

    @admin.display(description="Prepared")
    def prepared(self, attempt: PaymentAttempt) -> SafeString:
        return shown.instant(attempt.prepared_at)

    @admin.display(description="What")
    def what(self, attempt: PaymentAttempt) -> str:
        return f"{wording.gateway(attempt.gateway)}: {attempt.get_operation_display().lower()}"

    @admin.display(description="Payment")
    def payment_shown(self, attempt: PaymentAttempt) -> SafeString:
        return link_to(public_id("pay", attempt.payment_id))

    @admin.display(description="State")
    def state(self, attempt: PaymentAttempt) -> SafeString:
        return _state(attempt)

    @admin.display(description="Outcome")
    def outcome_shown(self, attempt: PaymentAttempt) -> SafeString:
        return shown.text(in_words(attempt.outcome) if attempt.outcome else "")

    def page(self, request: HttpRequest, obj: PaymentAttempt) -> Page:
        said = (
            _said(obj) if request.user.has_perm("core.read_body") else [Note("What was said is for those who may read bodies.")]
        )
        return Page(
            name=obj.public_id,
            heading=self.what(obj),
            state=_state(obj),
            lead=in_words(obj.outcome) if obj.outcome else "",
            top=[Note(obj.detail, "warn")] if obj.detail else [],
            main=said,
            side=[Facts("About this call", _facts(obj))],
        )


def _state(attempt: PaymentAttempt) -> SafeString:
    return shown.badge(attempt.get_status_display(), TONES.get(attempt.status, ""))


def _facts(attempt: PaymentAttempt) -> list[tuple[str, SafeString]]:
    return [
        ("Payment", link_to(public_id("pay", attempt.payment_id))),
        ("Number", shown.code(str(attempt.number))),
        ("Wanted by", link_to_person(attempt.actor)),
        ("Tries", shown.text(str(attempt.tries))),
        ("Prepared", shown.instant(attempt.prepared_at)),
        ("Sent", shown.instant(attempt.sent_at)),
        ("Answered", shown.instant(attempt.answered_at)),
        ("Next try", shown.instant(attempt.send_after)),
    ]


def _said(attempt: PaymentAttempt) -> list[Block]:
    if not attempt.exchange:
        return [Note("Nothing was said over the wire.")]
    blocks: list[Block] = []
    for exchange in json.loads(bytes(attempt.exchange)):
        title = f"{exchange['method']} {exchange['url']}"
        if exchange["request"]:
            blocks.append(Text(title, readable(exchange["request"].encode()), note="We said", folded=True))
        status = str(exchange["status"]) if exchange["status"] else "No answer"
        blocks.append(Text(title, readable(exchange["response"].encode()), note=status, folded=True))
    return blocks


has_page("attempt", "payments_paymentattempt")
