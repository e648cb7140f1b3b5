"""Payments by whatever staff hold in their hands: a receipt, an id, a student, an amount. Each of them has an index."""

from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet

from core.admin import owners
from core.admin.typed import amount_in
from core.errors import MalformedId
from core.ids import parse_public_id
from ledger.models import Account
from payments.gateways.registry import GATEWAYS
from payments.models import NaturalKey, Payment

MOST = 1000


def find_payments(rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
    """What `term` names, the surest first: an id, a receipt, whose account, then an amount (`1500`, `1,500.00 KES`)."""
    try:
        return rows.filter(pk=parse_public_id("pay", term))
    except MalformedId:
        pass
    if named := payments_named(term):
        return rows.filter(pk__in=named)
    if (of_account := _of_account(rows, term)) is not None:
        return of_account
    amount = amount_in(term)
    return rows.filter(amount_minor=amount.minor, currency=amount.currency) if amount else rows.none()


def find_payments_of(rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
    """The payments of everyone whom a name or a phone number means; of several people MOST of them."""
    known = owners.called(term)
    codes = list(Account.objects.filter(owner__in=known).values_list("code", flat=True)) if known else []
    theirs = Payment.objects.filter(account__in=codes)
    if len(codes) == 1:
        # One account's index has its payments in the list's order; that there are some keeps PostgreSQL from another way.
        return rows.filter(account=codes[0]) if theirs.exists() else rows.none()
    return rows.filter(pk__in=_ids(theirs, "account")) if codes else rows.none()


def payments_named(reference: str) -> list[Any]:
    """Ids of the payments that a gateway knows under this reference, through the natural keys' own index."""
    keys = NaturalKey.objects.filter(gateway__in=list(GATEWAYS), reference=reference)
    return list(keys.values_list("payment_id", flat=True)[:100])


def _of_account(rows: "QuerySet[Any]", term: str) -> "QuerySet[Any] | None":
    """What an account was credited with, and what was meant for it but stands elsewhere; None when that is nothing.

    The account is named by its code or by its student's id; there need not be one for money to be meant for it.
    """
    owned = {f"student:{term}", f"student:{term.upper()}"}
    codes = list(Account.objects.filter(Q(code=term) | Q(owner__in=owned)).values_list("code", flat=True))
    unknown = {f"{owner}:{settings.SCHOOL_CURRENCY}" for owner in owned} - set(codes)
    elsewhere = Payment.objects.filter(~Q(named_account=F("account")), named_account__in=[*codes, *unknown])
    ids = _ids(elsewhere, "named_account")
    if not codes:
        ids += _ids(Payment.objects.filter(account__in=unknown), "account")
        return rows.filter(pk__in=ids) if ids else None
    return rows.filter(Q(account__in=codes) | Q(pk__in=ids)) if ids else rows.filter(account__in=codes)


def _ids(payments: "QuerySet[Any]", column: str) -> list[Any]:
    """Their ids by the index on `column`, MOST at most.

    Looked up by themselves: where few rows match and the newest are asked for first, PostgreSQL would read all payments from
    the newest on, in the belief that it meets them soon.
    """
    return list(payments.order_by(f"-{column}", "-id").values_list("pk", flat=True)[:MOST])
