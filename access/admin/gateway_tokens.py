from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from access.models import GatewayToken
from core.admin import shown
from core.admin.addresses import has_page
from core.admin.blocks import Facts, Note, Page
from core.admin.read_only import ReadOnlyAdmin


@admin.register(GatewayToken)
class GatewayTokenAdmin(ReadOnlyAdmin):
    """What gateways without signatures present. Only a digest is kept, and that is not shown."""

    list_display = ("gateway_shown", "kind_shown", "state", "begins", "ends")
    nothing_here = "No token is installed: gateways without signatures can't get in."

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.defer("digest")

    @admin.display(description="Gateway")
    def gateway_shown(self, token: GatewayToken) -> str:
        return shown.gateway(token.gateway)

    @admin.display(description="Kind")
    def kind_shown(self, token: GatewayToken) -> str:
        return token.get_kind_display()

    @admin.display(description="State")
    def state(self, token: GatewayToken) -> SafeString:
        return _state(token)

    @admin.display(description="Valid from")
    def begins(self, token: GatewayToken) -> SafeString:
        return shown.instant(token.valid_from)

    @admin.display(description="Valid until")
    def ends(self, token: GatewayToken) -> SafeString:
        return shown.instant(token.valid_until)

    def page(self, request: HttpRequest, obj: GatewayToken) -> Page:
        facts = [
            ("Valid from", shown.instant(obj.valid_from)),
            ("Valid until", shown.instant(obj.valid_until)),
            ("Revoked", shown.instant(obj.revoked_at)),
            ("Slot", shown.text(str(obj.slot or ""))),
            ("Id", shown.code(str(obj.pk))),
        ]
        return Page(
            name=f"{shown.gateway(obj.gateway)} {obj.get_kind_display().lower()}",
            heading=f"{shown.gateway(obj.gateway)}: {obj.get_kind_display().lower()}",
            state=_state(obj),
            main=[Note("Rotate or revoke it with manage.py gateway_tokens, which asks a reason and writes the audit trail.")],
            side=[Facts("About this token", facts)],
        )


def _state(token: GatewayToken) -> SafeString:
    if token.revoked_at is not None:
        return shown.badge("Revoked", "bad")
    return shown.badge("Valid", "good") if token.is_valid_at(timezone.now()) else shown.badge("Retired")


has_page("gateway_token", "access_gatewaytoken")
