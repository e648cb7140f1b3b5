"""Proving the books from their rows.

Each check is one statement, so it sees the books at one point even while they are being written. The whole takes a few scans
of the transfers; memory stays within the server's work_mem, and each check names at most 50 lies.
"""

from collections.abc import Iterator
from time import monotonic
from typing import NamedTuple

from django.apps import apps
from django.db import connection

from core.errors import BursarError
from core.sql import query
from ledger import chart
from ledger.models import Account
from ledger.verification import Check, Fault, Finding, by_query, checks

_MOST = 50


class Outcome(NamedTuple):
    """One check, what it found, and the seconds it took."""

    check: str
    findings: list[Finding]
    seconds: float


def verify() -> list[Finding]:
    """Every lie in the books; empty when they are proved."""
    return [finding for outcome in outcomes() for finding in outcome.findings]


def outcomes() -> Iterator[Outcome]:
    """Run the checks one by one, the ledger's own first."""
    for name, check in (OWN_CHECKS | checks()).items():
        started = monotonic()
        findings = [Finding(name, subject, detail) for subject, detail in check()]
        yield Outcome(name, findings, monotonic() - started)


def _accounts_follow_the_chart() -> list[Fault]:
    faults: list[Fault] = []
    for account in Account.objects.order_by("id").iterator(chunk_size=5000):
        try:
            plan = chart.plan(account.code)
        except BursarError as unknown:
            faults.append((account.code[:80], unknown.detail))
            continue
        kept = account.kind, account.guarded, account.slots, plan.currency and account.currency
        if kept != (plan.kind, plan.guarded, plan.slots, plan.currency):
            faults.append((account.code, "it is kept otherwise than the chart of accounts says"))
    return faults[:_MOST]


def _constraints_hold() -> list[Fault]:
    wanted = [
        (model._meta.db_table, c.name) for model in apps.get_app_config("ledger").get_models() for c in model._meta.constraints
    ]
    wanted += [
        ("transfer", "transfer_debit_account"),
        ("transfer", "transfer_credit_account"),
        ("transfer_reference", "transfer_reference_pkey"),
        ("balance", "balance_account_guarded"),
        ("hold", "hold_account_currency"),
    ]
    with connection.cursor() as cursor:
        cursor.execute(query("ledger", "verify/constraints"), [[table for table, _ in wanted], [name for _, name in wanted]])
        faults: list[Fault] = cursor.fetchall()
    return faults


OWN_CHECKS: dict[str, Check] = {
    "debits equal credits in every currency": by_query("ledger", "verify/currencies"),
    "balances are the sums of their transfers": by_query("ledger", "verify/sums"),
    "every account has its balance rows": by_query("ledger", "verify/slots"),
    "accounts follow the chart": _accounts_follow_the_chart,
    "guarded accounts are not below zero": by_query("ledger", "verify/guarded"),
    "what is held is what open holds reserve": by_query("ledger", "verify/held"),
    "holds add up": by_query("ledger", "verify/holds"),
    "holds posted what their transfers moved": by_query("ledger", "verify/draws"),
    "every transfer owns one reference": by_query("ledger", "verify/references"),
    "transfers stand between two accounts of their currency": by_query("ledger", "verify/sides"),
    "transfers are of a known kind, between the accounts it may move": by_query("ledger", "verify/kinds"),
    "reversals mirror what they reverse, once": by_query("ledger", "verify/reversals"),
    "loans cover facts": by_query("ledger", "verify/loans"),
    "every transfer lies in its month": by_query("ledger", "verify/strays"),
    "constraints are in force": _constraints_hold,
    "guards of the past are switched on": by_query("ledger", "verify/triggers"),
}
