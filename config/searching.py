"""One field that finds anything by its name: a public id leads to its page, else each list's own search is asked in turn."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.admin import AdminSite
from django.db.models import QuerySet
from django.http import HttpRequest

from config.navigation import icon_of
from core.admin.addresses import model_of
from core.admin.read_only import findable
from core.models import ExceptionItem
from core.spans import in_order_of
from ledger.models import Account, Transfer
from payments.models import Payment
from students.models import Student

MOST_OF_A_KIND = 5
SHORTEST = 2
_KINDS = (Student, Payment, Account, Transfer, ExceptionItem)


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
    if len(term) < SHORTEST:
        return []
    named = _named(site, request, term)
    return [named] if named else list(_find(site, request, term))


def _named(site: AdminSite, request: HttpRequest, term: str) -> Found | None:
    """What has this public id. Gateways give such names too (`order_…`, `pay_…`); those the lists know."""
    model_name = model_of(term)
    if not model_name:
        return None
    model_admin: Any = site._registry[apps.get_model(model_name.replace("_", ".", 1))]
    obj = model_admin.get_object(request, term) if model_admin.has_view_permission(request) else None
    return _found(model_admin, obj) if obj is not None else None


def _find(site: AdminSite, request: HttpRequest, term: str) -> Iterator[Found]:
    payments: list[Any] = []
    for model in _KINDS:
        model_admin: Any = site._registry[model]
        if not model_admin.has_view_permission(request):
            continue
        # Not `find_in_list`: a name leads to whose it is, and that page tells of the payments.
        rows = model_admin.find(model_admin.get_queryset(request), term)
        if model is ExceptionItem and payments:
            rows = _beside(rows, payments)
        for row in rows.order_by(*in_order_of(rows, model_admin.ordering))[:MOST_OF_A_KIND]:
            if model is Payment:
                payments.append(row.pk)
            yield _found(model_admin, row)


def _beside(rows: "QuerySet[Any]", payments: Collection[Any]) -> "QuerySet[Any]":
    """A receipt leads to its payment, whose page tells of its troubles. Of others there remains what still waits for staff."""
    return rows.filter(status__in=ExceptionItem.UNSETTLED).exclude(payment_id__in=payments)


def _found(model_admin: Any, obj: Any) -> Found:
    opts = model_admin.opts
    icon = icon_of(f"{opts.app_label}_{opts.model_name}")
    return Found(model_admin.label(obj), str(opts.verbose_name), icon, model_admin.url_of(obj))
