"""Payments by whatever staff hold in their hands: a receipt, an id, a student, an amount. Each of them has an index."""

from collections import Counter
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import F, Q, QuerySet

from core.admin import owners
from core.admin.typed import amount_in
from core.bounds import stopping_at
from core.errors import MalformedId
from core.ids import parse_public_id
from core.lookups import among
from core.spans import by_span
from core.sql import run, text_array
from ledger.models import Account
from payments.gateways.registry import GATEWAYS
from payments.models import NaturalKey, Payment

MOST = 1000
MOST_OF_SEVERAL = 500
LOOKED_AT = 5000
"""Payments of several accounts that are looked at for the newest of them, as many of each."""
LOOKED_AT_OF_EACH = 20
"""At least."""


class Newest(NamedTuple):
    """Ids of payments, and the bound they met, if there are more."""

    ids: list[Any]
    met: str = ""


def find_payments(rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
    """What `term` names, the surest first: an id, a receipt, whose account, then an amount (`1500`, `1,500.00 KES`)."""
    try:
        return rows.filter(pk=parse_public_id("pay", term))
    except MalformedId:
        pass
    if named := payments_named(term):
        return rows.filter(among(named))
    if (of_account := _of_account(rows, term)) is not None:
        return of_account
    amount = amount_in(term)
    return by_span(rows).filter(amount_minor=amount.minor, currency=amount.currency) if amount else rows.none()


def find_payments_of(rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
    """The payments of everyone whom a name or a phone number means; of several people the newest MOST_OF_SEVERAL."""
    known = owners.called(term)
    codes = list(Account.objects.filter(owner__in=known.owners).values_list("code", flat=True)) if known.owners else []
    people = f"{owners.MOST} of those who are called so" if known.more else ""
    if len(codes) == 1:
        # One account's index has its payments in the list's order; that there are some keeps PostgreSQL from another way.
        found = rows.filter(account=codes[0]) if Payment.objects.filter(account=codes[0]).exists() else rows.none()
        return stopping_at(found, people)
    newest = _newest_of(codes) if codes else Newest([])
    return stopping_at(rows.filter(among(newest.ids)) if newest.ids else rows.none(), people, newest.met)


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
    meant = _newest_meant(elsewhere)
    if not codes:
        newest = _newest_of(list(unknown))
        ids = meant.ids + newest.ids
        return stopping_at(rows.filter(among(ids)), meant.met, newest.met) if ids else None
    found = rows.filter(Q(account__in=codes) | among(meant.ids)) if meant.ids else rows.filter(account__in=codes)
    return stopping_at(found, meant.met)


def _newest_of(codes: list[str]) -> Newest:
    """The newest payments of these accounts, MOST_OF_SEVERAL at most."""
    of_each = max(LOOKED_AT // len(codes), LOOKED_AT_OF_EACH)
    found = run("payments", "newest_of_accounts", [text_array(codes), of_each, MOST_OF_SEVERAL + 1]).rows
    ids = [key for key, _ in found[:MOST_OF_SEVERAL]]
    if len(found) <= MOST_OF_SEVERAL and of_each not in Counter(code for _, code in found).values():
        return Newest(ids)
    if of_each >= MOST_OF_SEVERAL:
        return Newest(ids, f"the newest {MOST_OF_SEVERAL} payments")
    return Newest(ids, f"the newest {of_each} payments of each account, {MOST_OF_SEVERAL} in all")


def _newest_meant(elsewhere: "QuerySet[Any]") -> Newest:
    """Payments meant for other accounts than they stand in, MOST at most.

    Looked up by themselves: where few rows match and the newest are asked for first, PostgreSQL would read all payments from
    the newest on, in the belief that it meets them soon.
    """
    ids = list(elsewhere.order_by("-named_account", "-id").values_list("pk", flat=True)[: MOST + 1])
    return Newest(ids[:MOST], f"{MOST:,} payments that were meant for it and stand elsewhere" if len(ids) > MOST else "")
