"""Why staff booked a transfer, and who: what the audit trail says of it, for those who may read the trail."""

from django.db.models import Q
from django.http import HttpRequest

from access.models import AuditEntry
from core.admin import shown
from core.admin.addresses import link_to
from core.admin.blocks import Block, Column, Table
from core.admin.names import link_to_person, names_of
from core.ids import public_id
from ledger.models import Transfer

BY_STAFF = ("write_off", "reversal", "adjustment")
"""Kinds whose entries are about the transfer itself or an owner of its accounts; an allocation's stands on its payment."""


def why(request: HttpRequest, transfer: Transfer) -> list[Block]:
    """The entries of the act that booked it: a memo is read by the account's owner, so the reason stands only here."""
    if transfer.kind not in BY_STAFF or not request.user.has_perm("access.view_auditentry"):
        return []
    name = public_id("transfer", transfer.id)
    owners = {transfer.debit_account.owner, transfer.credit_account.owner} - {""}
    entries = list(AuditEntry.objects.filter(Q(target=name) | Q(target__in=owners, after__transfer=name)).order_by("id"))
    called = names_of({entry.actor for entry in entries})
    rows = [
        [
            shown.instant(entry.at),
            link_to_person(entry.actor, called),
            link_to(public_id("audit", entry.pk), entry.reason),
        ]
        for entry in entries
    ]
    return [Table("Why", [Column("When"), Column("Who"), Column("Reason")], rows, "")] if rows else []
