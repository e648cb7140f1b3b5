from typing import Any

from django.contrib import admin
from django.db.models import BinaryField, F, QuerySet
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.admin import shown
from core.admin.blocks import Block, Facts, Note, Page, Text
from core.admin.bodies import open_sealed
from core.admin.exception_items import in_words
from core.admin.filters import When, choice
from core.admin.read_only import ReadOnlyAdmin
from core.ids import public_id
from core.models import InboundReject
from payments.admin.wording import GATEWAY_CHOICES, gateway


@admin.register(InboundReject)
class InboundRejectAdmin(ReadOnlyAdmin):
    """Requests that the door refused: an attack, or a gateway that is set up wrongly."""

    key_prefix = "reject"
    title = "Refused requests"
    in_numbers = ("refused request", "refused requests")
    list_display = ("received", "sender", "answer", "why", "address_shown", "like_it")
    list_filter = (When, choice("gateway", "gateway", GATEWAY_CHOICES))
    nothing_here = "The door has refused nothing."

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.defer("sample")

    @admin.display(description="Received")
    def received(self, reject: InboundReject) -> SafeString:
        return shown.instant(reject.received_at)

    @admin.display(description="Door of")
    def sender(self, reject: InboundReject) -> str:
        return gateway(reject.gateway)

    @admin.display(description="Answered")
    def answer(self, reject: InboundReject) -> SafeString:
        return shown.badge(str(reject.status), "bad" if reject.status in {401, 403} else "warn")

    @admin.display(description="Why")
    def why(self, reject: InboundReject) -> str:
        return in_words(reject.reason)

    @admin.display(description="From")
    def address_shown(self, reject: InboundReject) -> SafeString:
        return shown.code(reject.address)

    @admin.display(description="Like it before")
    def like_it(self, reject: InboundReject) -> str:
        return f"{reject.suppressed:,}"

    def page(self, request: HttpRequest, obj: InboundReject) -> Page:
        facts = [
            ("Received", shown.instant(obj.received_at)),
            ("From", shown.code(obj.address)),
            ("Size", shown.text(f"{obj.size:,} bytes")),
            ("Like it before", shown.text(f"{obj.suppressed:,}, only counted")),
        ]
        return Page(
            name=public_id("reject", obj.pk),
            heading=f"Refused at {gateway(obj.gateway)}'s door",
            state=shown.badge(str(obj.status), "bad"),
            lead=in_words(obj.reason),
            main=[_sample(request, obj)],
            side=[Facts("About this request", facts)],
        )


def _sample(request: HttpRequest, reject: InboundReject) -> Block:
    if not request.user.has_perm("core.read_body"):
        return Note("What was sent is encrypted, and your role does not read it.")
    [sealed] = InboundReject.objects.filter(pk=reject.pk).values_list(Cast(F("sample"), BinaryField()), flat=True)
    return Text("Its first kilobyte", open_sealed(sealed) or "(empty)", note="Card numbers and secrets are hidden")
