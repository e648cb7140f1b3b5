"""One field that finds anything by its name: each list's own search, asked in turn, a few rows of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest

from core.admin.read_only import findable
from core.models import InboundEvent
from ledger.models import Account, Transfer
from payments.models import Payment
from students.models import Student

MOST_OF_A_KIND = 5
SHORTEST = 2
_KINDS = (
    (Student, "school"),
    (Payment, "payments"),
    (Account, "account_balance_wallet"),
    (Transfer, "swap_horiz"),
    (InboundEvent, "move_to_inbox"),
)


@dataclass(frozen=True)
class Found:
    """One thing that was found, and where its page is."""

    label: str
    kind: str
    icon: str
    url: str


def find(site: AdminSite, request: HttpRequest, term: str) -> list[Found]:
    """What goes by this name, among the things that the user may see."""
    term = findable(term)
    return list(_find(site, request, term)) if len(term) >= SHORTEST else []


def _find(site: AdminSite, request: HttpRequest, term: str) -> Iterator[Found]:
    for model, icon in _KINDS:
        model_admin: Any = site._registry[model]
        # A receipt leads to its payment, whose page tells of the events; they'd only stand in the way here.
        if not model_admin.has_view_permission(request) or (model is InboundEvent and not term.startswith("in_")):
            continue
        # Not `find_in_list`: a name leads to whose it is, and that page tells of the payments.
        for row in model_admin.find(model_admin.get_queryset(request), term).order_by(*model_admin.ordering)[:MOST_OF_A_KIND]:
            yield Found(model_admin.label(row), str(model_admin.opts.verbose_name), icon, model_admin.url_of(row))
