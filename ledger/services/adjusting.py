"""Adjustments: a transfer between two accounts that staff name, for what no gateway and no fee explains. Two people, always."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from access import approvals
from access.models import Approval
from access.services import audit
from core.ids import public_id
from core.money import money
from ledger import chart
from ledger.errors import CurrencyMismatch, InsufficientFunds, InvalidTransfer, NotAdjustable, UnknownAccount
from ledger.models import Account
from ledger.services.accounts import refuse_by_state
from ledger.services.approving import agreed_by, as_asked, book, check_fresh, preview_of
from ledger.services.balances import available
from ledger.services.new_transfer import NewTransfer

KIND = "ledger.adjust"


def preview_adjustment(*, debit: str, credit: str, amount_minor: int, reference: str) -> approvals.Preview:
    """What the adjustment would book; it always needs approval.

    `reference` is the school's own name for it (a voucher's number), good for one adjustment for ever. Raises UnknownAccount,
    InvalidAccountCode, CurrencyMismatch, InvalidTransfer, AmountOutOfRange, NotAdjustable for suspense, and, as things are now,
    ReferenceConflict, AccountFrozen, AccountClosed, InsufficientFunds.
    """
    transfer = _transfer(debit, credit, amount_minor, reference)
    check_fresh(transfer)
    warnings = [_check_now(code, transfer) for code in (debit, credit)]
    summary = f"Adjust {money(amount_minor, transfer.currency)}: debit {debit}, credit {credit}, as {reference}."
    return preview_of(transfer, summary, *warnings)


def request_adjustment(*, debit: str, credit: str, amount_minor: int, reference: str, actor: str, reason: str) -> Approval:
    """Ask for it; another person approves, and it is booked at once. Raises what `preview_adjustment` raises."""
    transfer = _transfer(debit, credit, amount_minor, reference)
    return approvals.request(kind=KIND, payload={"transfer": as_asked(transfer)}, actor=actor, reason=reason)


def preview_request(payload: Mapping[str, Any]) -> approvals.Preview:
    """The same of what was asked for."""
    asked = payload["transfer"]
    return preview_adjustment(
        debit=asked["debit"],
        credit=asked["credit"],
        amount_minor=asked["amount_minor"],
        reference=asked["reference"].removeprefix("adjustment:"),
    )


def execute_request(approval: Approval) -> dict[str, str]:
    """Book what was approved, in the transaction that approves it."""
    asked = approval.payload["transfer"]
    reference = asked["reference"].removeprefix("adjustment:")
    transfer = _transfer(asked["debit"], asked["credit"], asked["amount_minor"], reference)
    booked = public_id("transfer", book(transfer, approval).id)
    audit.record(
        actor=approval.requester,
        act=KIND,
        target=booked,
        reason=approval.reason,
        after=as_asked(transfer) | agreed_by(approval),
    )
    return {"transfer": booked}


def _transfer(debit: str, credit: str, amount_minor: int, reference: str) -> NewTransfer:
    if not reference.strip():
        raise InvalidTransfer("An adjustment needs a reference of its own.")
    if any(code.startswith("suspense:") for code in (debit, credit)):
        raise NotAdjustable
    return NewTransfer(
        debit=debit,
        credit=credit,
        amount_minor=amount_minor,
        currency=_currency_of(debit, credit),
        kind="adjustment",
        reference=f"adjustment:{reference}",
        effective_at=timezone.now(),
        # Whoever owns one of the accounts may read it; why it was adjusted is the audit trail's.
        memo=f"Adjustment {reference.strip()}",
    )


def _currency_of(debit: str, credit: str) -> str:
    """The currency both are kept in. An account of the school's own need not be open yet: a preview opens none."""
    kept = dict(Account.objects.filter(code__in=[debit, credit]).values_list("code", "currency"))
    for code in (debit, credit):
        plan = chart.plan(code)
        if code not in kept and not plan.system:
            raise UnknownAccount(f"There is no account {code}.")
        kept.setdefault(code, plan.currency)
    if kept[debit] != kept[credit]:
        raise CurrencyMismatch(f"{debit} is kept in {kept[debit]}, {credit} in {kept[credit]}.")
    return kept[debit]


def _check_now(code: str, transfer: NewTransfer) -> str:
    """What forbids it now is raised; what should make staff pause is answered."""
    account = Account.objects.filter(code=code).first()
    if account is None:
        return ""
    refuse_by_state([account.id])
    if account.guarded and code == transfer.debit and available(code) < transfer.amount_minor:
        raise InsufficientFunds(f"{code} does not have that much available.")
    return f"{code} is under review." if account.state == Account.State.REVIEW else ""
