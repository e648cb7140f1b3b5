from collections.abc import Collection
from contextlib import suppress
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from access.admin.users import is_uuid
from access.models import ApiKey, Merchant
from core.admin import names, panels, shown
from core.admin.addresses import has_page, link_to, page_url
from core.admin.blocks import Column, Facts, Page, Table
from core.admin.read_only import ReadOnlyAdmin
from core.errors import MalformedId
from core.ids import parse_public_id


@admin.register(Merchant)
class MerchantAdmin(ReadOnlyAdmin):
    """Who sells through us."""

    list_display = ("name_shown", "email_shown", "state", "created")
    searches = "e-mail"
    nothing_here = "No merchant sells through us yet."

    def find(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        return rows.filter(email__iexact=term)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """By its key, as accounts and actors name it, or by its public id, as the audit trail does."""
        with suppress(MalformedId):
            object_id = str(parse_public_id("merchant", object_id))
        return super().get_object(request, object_id, from_field)

    @admin.display(description="Name")
    def name_shown(self, merchant: Merchant) -> str:
        return merchant.name

    @admin.display(description="State")
    def state(self, merchant: Merchant) -> SafeString:
        return _state(merchant)

    @admin.display(description="E-mail")
    def email_shown(self, merchant: Merchant) -> str:
        return merchant.email

    @admin.display(description="Since")
    def created(self, merchant: Merchant) -> SafeString:
        return shown.instant(merchant.created_at)

    def page(self, request: HttpRequest, obj: Merchant) -> Page:
        keys = list(obj.keys.order_by("-id")[:50])
        facts = [
            ("E-mail", shown.text(obj.email)),
            ("Owner", link_to(f"user:{obj.owner_id}", str(obj.owner))),
            ("Since", shown.instant(obj.created_at)),
            ("Id", shown.code(obj.public_id)),
        ]
        return Page(
            name=obj.name,
            heading=obj.name,
            state=_state(obj),
            main=[keys_table(keys), *panels.about("merchant", request, obj)],
            side=[Facts("About this merchant", facts)],
        )


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Keys of merchants and users. Of a secret only a digest is kept, and that is not shown."""

    address_field = "key_id"
    list_display = ("key_shown", "holder_shown", "state", "last_used")
    searches = "key_…"
    nothing_here = "No key was issued yet."

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("merchant", "user")

    def find(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        return rows.filter(key_id=term)

    @admin.display(description="Key")
    def key_shown(self, key: ApiKey) -> str:
        return key.key_id

    @admin.display(description="Holder")
    def holder_shown(self, key: ApiKey) -> str:
        return str(key.holder)

    @admin.display(description="State")
    def state(self, key: ApiKey) -> SafeString:
        return _key_state(key)

    @admin.display(description="Last used")
    def last_used(self, key: ApiKey) -> SafeString:
        return shown.instant(key.last_used_at)

    def page(self, request: HttpRequest, obj: ApiKey) -> Page:
        facts = [
            ("Holder", link_to(obj.holder.actor, str(obj.holder))),
            ("Label", shown.text(obj.label)),
            ("Issued", shown.instant(obj.created_at)),
            ("Last used", shown.instant(obj.last_used_at)),
            ("Expires", shown.instant(obj.expires_at)),
            ("Revoked", shown.instant(obj.revoked_at)),
        ]
        rows = [[shown.code(scope)] for scope in obj.scopes]
        return Page(
            name=obj.key_id,
            heading=obj.key_id,
            state=_key_state(obj),
            main=[Table("May", [Column("Scope")], rows, "Nothing.")],
            side=[Facts("About this key", facts)],
        )


def keys_table(keys: list[ApiKey]) -> Table:
    rows = [
        [
            shown.link(page_url("access_apikey", key.key_id), key.key_id),
            shown.text(key.label),
            _key_state(key),
            shown.instant(key.last_used_at),
        ]
        for key in keys
    ]
    columns = [Column("Key"), Column("Label"), Column("State"), Column("Last used")]
    return Table("Keys", columns, rows, "No key was issued yet.")


def _state(merchant: Merchant) -> SafeString:
    return shown.badge("Active", "good") if merchant.is_active else shown.badge("Switched off", "bad")


def _key_state(key: ApiKey) -> SafeString:
    if key.revoked_at is not None:
        return shown.badge("Revoked", "bad")
    return shown.badge("Valid", "good") if key.is_valid_at(timezone.now()) else shown.badge("Expired")


def _names_of(ids: Collection[str]) -> dict[str, str]:
    known = [identity for identity in ids if is_uuid(identity)]
    return {str(pk): name for pk, name in Merchant.objects.filter(pk__in=known).values_list("pk", "name")}


has_page("merchant", "access_merchant")
names.has_names("merchant", _names_of)
has_page("key", "access_apikey")
