"""Whom a payer means by the short name that a bill, a prompt or a till shows: a student's id, an order's name, a payment's."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from ledger import chart
from ledger.models import Account
from payments.evidence import Evidence
from payments.gateways.outbound import OURS
from payments.models import Order, Payment, PaymentRequest


class Named(NamedTuple):
    """The account that a bill reference stands for, and the order where it is one's."""

    account: str
    order_id: str | None = None


def what_it_is_called(fact: Evidence) -> str:
    """The name by which somebody may ask for it: its receipt, else another that the gateway knows, else what the bill says."""
    theirs = (key.reference for key in (fact.movement, *fact.keys) if key is not None and key.kind != OURS)
    return next(theirs, fact.bill_reference)


def account_named(bill_reference: str, currency: str) -> str | None:
    """The account a bill reference stands for, or None."""
    found = accounts_named([(bill_reference, currency)]).get((bill_reference, currency))
    return found.account if found else None


def accounts_named(wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], Named]:
    """What each (bill reference, currency) stands for; those that mean nothing are left out. Three statements at most.

    Students come first: their ids are the school's own. People type in any case and with spaces around.
    """
    spelled = {(as_typed, currency): as_typed.strip() for as_typed, currency in wanted}
    # As it was typed before in capitals; several spellings in one batch may mean one student.
    students = {
        typed: [chart.student(each, typed[1]) for each in dict.fromkeys((name, name.upper())) if chart.fits(each)]
        for typed, name in spelled.items()
    }
    codes = {code for candidates in students.values() for code in candidates}
    known = set(Account.objects.filter(code__in=codes).values_list("code", flat=True))
    found = {typed: Named(code) for typed, codes in students.items() if (code := next((c for c in codes if c in known), None))}
    left = {typed: name.upper() for typed, name in spelled.items() if typed not in found}
    if left:
        found |= _orders(left)
        left = {typed: name for typed, name in left.items() if typed not in found}
    return found | _payments(left) if left else found


def with_accounts(evidence: Sequence[Evidence]) -> Sequence[Evidence]:
    """The facts, with the accounts that their bill references stand for.

    A name that means nobody is taken for the student it may be meant for, so that staff see what the payer typed; a name that
    can't be anybody's goes to suspense.
    """
    wanted = {(fact.bill_reference, fact.currency) for fact in evidence if fact.bill_reference}
    if not wanted:
        return evidence
    named = accounts_named(wanted)
    return [_with_account(fact, named) if fact.bill_reference else fact for fact in evidence]


def _with_account(fact: Evidence, named: dict[tuple[str, str], Named]) -> Evidence:
    found = named.get((fact.bill_reference, fact.currency))
    if found:
        return fact._replace(account=found.account, order_id=found.order_id)
    name = fact.bill_reference.strip()
    return fact._replace(account=chart.student(name, fact.currency) if chart.fits(name) else chart.suspense(fact.currency))


def _orders(wanted: dict[tuple[str, str], str]) -> dict[tuple[str, str], Named]:
    orders = Order.objects.filter(bill_reference__in=set(wanted.values())).values_list(
        "bill_reference", "currency", "account", "id"
    )
    known = {(name, currency): Named(account, str(key)) for name, currency, account, key in orders}
    return {typed: known[name, typed[1]] for typed, name in wanted.items() if (name, typed[1]) in known}


def _payments(wanted: dict[tuple[str, str], str]) -> dict[tuple[str, str], Named]:
    asked = PaymentRequest.objects.filter(bill_reference__in=set(wanted.values())).values_list("payment_id", "bill_reference")
    names = dict(asked)
    payments = Payment.objects.filter(pk__in=names).values_list("id", "currency", "named_account")
    known = {(names[key], currency): Named(account) for key, currency, account in payments}
    return {typed: known[name, typed[1]] for typed, name in wanted.items() if (name, typed[1]) in known}
