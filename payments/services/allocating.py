"""Money in suspense finds its owner: staff say whose it is, and the whole of it moves to that account, once.

Up to a limit an officer does so alone; above it another person approves, and the database asks for that person too.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from access import approvals
from access.models import Approval
from access.services import audit
from core.card_numbers import without_card_numbers
from core.events import publish
from core.ids import parse_public_id, public_id
from core.models import ExceptionItem
from core.models.exception_item import ExceptionItemQuerySet
from core.money import money
from ledger import chart
from ledger.errors import CurrencyMismatch, UnknownAccount
from ledger.models import Account, Transfer, TransferReference
from ledger.services.accounts import refuse_by_state
from ledger.services.approving import agreed_by, as_asked, book, check_asked, needs_approval, preview_of
from ledger.services.posting import NewTransfer
from payments.errors import MarkedForReturn, NotAllocatable, NothingReceived, NotInSuspense, UnknownPayment
from payments.models import Payment, PaymentHistory
from payments.models.payment_history import Source
from payments.statuses import RANK, Status

KIND = "payments.allocate"


class Allocated(NamedTuple):
    """What was allocated where; `new` is False when an earlier call had done it."""

    payment_id: UUID
    account: str
    amount_minor: int
    currency: str
    transfer_id: UUID
    new: bool


def preview_allocation(*, payment_id: UUID, account_code: str) -> approvals.Preview:
    """What `allocate` would book, and whether it takes a second person. Raises what `allocate` raises, ApprovalNeeded aside."""
    payment = Payment.objects.filter(pk=payment_id).first()
    if payment is None:
        raise UnknownPayment
    transfer, account = _transfer(payment, account_code), Account.objects.get(code=account_code)
    refuse_by_state([account.id])
    whose = "" if account_code.startswith(f"{account.owner}:") else f" of {account.owner}"
    summary = f"Allocate {money(transfer.amount_minor, transfer.currency)} to {account_code}{whose}, from suspense."
    review = f"{account_code} is under review: an inactive student, say." if account.state == Account.State.REVIEW else ""
    named = without_card_numbers(payment.named_account)
    meant = "" if payment.named_account in {account_code, payment.account} else f"The payer meant {named}."
    return preview_of(transfer, summary, review, meant)


def allocate(*, payment_id: UUID, account_code: str, actor: str, reason: str) -> Allocated:
    """Move all that a payment has in suspense to an account that exists, belongs to someone and takes money.

    Idempotent: what was allocated to this account before is answered with `new=False`. Raises UnknownPayment, NotInSuspense,
    NothingReceived, MarkedForReturn; UnknownAccount, NotAllocatable, CurrencyMismatch, AccountFrozen, AccountClosed; and
    ApprovalNeeded above the limit. Locks the payment, then what `ledger.post` locks, then the payment's exception items.
    """
    return _allocate(payment_id, account_code, actor, reason, None)


@transaction.atomic
def allocate_or_request(*, payment_id: UUID, account_code: str, actor: str, reason: str) -> Allocated | Approval:
    """Allocate, or ask for it where that takes a second person: then the request is returned, and nothing has moved yet."""
    payment = _lock(payment_id)
    if not payment.in_suspense or not needs_approval(transfer := _transfer(payment, account_code)):
        return _allocate(payment_id, account_code, actor, reason, None)
    payload = {"payment": payment.public_id, "transfer": as_asked(transfer)}
    return approvals.request(kind=KIND, payload=payload, actor=actor, reason=reason)


def preview_request(payload: Mapping[str, Any]) -> approvals.Preview:
    """What was asked for, as things are now. Raises ApprovalOutdated when another amount is in suspense by now."""
    payment_id = parse_public_id("pay", payload["payment"])
    seen = preview_allocation(payment_id=payment_id, account_code=payload["transfer"]["credit"])
    check_asked(_transfer(Payment.objects.get(pk=payment_id), payload["transfer"]["credit"]), payload)
    return seen


def execute_request(approval: Approval) -> dict[str, str]:
    """Allocate what was approved, in the transaction that approves it, in the name of who asked for it."""
    payment_id = parse_public_id("pay", approval.payload["payment"])
    account_code = approval.payload["transfer"]["credit"]
    done = _allocate(payment_id, account_code, approval.requester, approval.reason, approval)
    return {"payment": public_id("pay", done.payment_id), "transfer": public_id("transfer", done.transfer_id)}


@transaction.atomic
def _allocate(payment_id: UUID, account_code: str, actor: str, reason: str, approval: Approval | None) -> Allocated:
    audit.check_said(actor, reason)
    payment = _lock(payment_id)
    before = _allocated_before(payment, account_code)
    if before is not None and approval is None:
        return before
    transfer = _transfer(payment, account_code)
    posted = book(transfer, approval)
    suspense = payment.account
    payment.allocate_to(account_code)
    _note(payment, actor, reason)
    audit.record(
        actor=actor,
        act=KIND,
        target=payment.public_id,
        reason=reason,
        before={"account": suspense},
        after={"account": account_code, "amount_minor": transfer.amount_minor, "currency": transfer.currency}
        | agreed_by(approval),
    )
    return Allocated(payment.id, account_code, transfer.amount_minor, transfer.currency, posted.id, new=True)


def _lock(payment_id: UUID) -> Payment:
    payment = Payment.objects.select_for_update(no_key=True).filter(pk=payment_id).first()
    if payment is None:
        raise UnknownPayment
    return payment


def _transfer(payment: Payment, account_code: str) -> NewTransfer:
    """All that is in suspense, to an account that may have it. As long as a payment is there, nothing of it went elsewhere."""
    if not payment.in_suspense:
        raise NotInSuspense(f"The money of {payment.public_id} is booked to {payment.account}.")
    if RANK[payment.status] > RANK[Status.SUCCEEDED]:
        raise NotInSuspense(f"Money of {payment.public_id} has been refunded.")
    if payment.received_minor == 0:
        raise NothingReceived
    if _items(payment).filter(status=ExceptionItem.Status.RETURNING).exists():
        raise MarkedForReturn
    account = Account.objects.filter(code=account_code).first()
    if account is None:
        raise UnknownAccount(f"There is no account {account_code[:80]}.")
    if account.currency != payment.currency:
        raise CurrencyMismatch(f"{account_code} is kept in {account.currency}, and {payment.currency} came.")
    if not account.owner:
        raise NotAllocatable
    return NewTransfer(
        debit=payment.account,
        credit=account_code,
        amount_minor=payment.received_minor,
        currency=payment.currency,
        kind="allocation",
        reference=allocation_reference(payment.id),
        effective_at=datetime.now(UTC),
        memo=_memo(payment),
    )


def _memo(payment: Payment) -> str:
    """What the owner reads on their statement: how they know the payment. Why it is theirs is the audit trail's."""
    printable = "".join(character for character in payment.reference if character.isprintable())
    return f"Payment {without_card_numbers(printable)[:60].strip() or payment.public_id}"


def allocation_reference(payment_id: UUID) -> str:
    """The ledger reference of a payment's allocation: in the ledger's own book it is allocated once."""
    return f"allocation:{payment_id}"


def _allocated_before(payment: Payment, account_code: str) -> Allocated | None:
    if payment.account != account_code:
        return None
    booked = TransferReference.objects.filter(reference=allocation_reference(payment.id)).first()
    if booked is None:
        return None
    [amount] = Transfer.objects.filter(pk=booked.transfer_id).values_list("amount_minor", flat=True)
    return Allocated(payment.id, account_code, amount, payment.currency, booked.transfer_id, new=False)


def _items(payment: Payment) -> ExceptionItemQuerySet:
    """What put its money in front of staff."""
    return ExceptionItem.objects.filter(payment_id=payment.id, kind=ExceptionItem.Kind.SUSPENSE)


def _note(payment: Payment, actor: str, reason: str) -> None:
    """The step in the payment's history, the end of what waited for staff, and the news."""
    now = datetime.now(UTC)
    PaymentHistory.objects.create(
        payment_id=payment.id,
        from_status=payment.status,
        to_status=payment.status,
        source=Source.STAFF,
        evidence="allocation",
        actor=actor,
        reason=reason,
        recorded_at=now,
    )
    items = _items(payment).filter(status=ExceptionItem.Status.OPEN)
    items.mark(ExceptionItem.Status.RESOLVED, actor=actor, resolution=f"Allocated to {payment.account}: {reason}")
    publish(
        "payment.allocated",
        subject=payment.public_id,
        owner=chart.owner_of(payment.account),
        payload={
            "id": payment.public_id,
            "status": payment.status,
            "amount": payment.amount_minor,
            "received": payment.received_minor,
            "booked": payment.received_minor,
            "currency": payment.currency,
            "account": payment.account,
            "gateway": payment.gateway,
            "gateway_reference": payment.reference,
        },
    )
