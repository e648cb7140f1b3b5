"""Money in suspense finds its owner, once, and above a limit with two people."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from access import approvals
from access.approvals import Line
from access.errors import ApprovalNeeded, ApprovalOutdated, AuditIncomplete
from access.models import Approval, AuditEntry
from access.services.approval_limits import apply_limits
from core.ids import new_id, public_id
from core.models import Event, ExceptionItem
from ledger import chart
from ledger.errors import AccountClosed, AccountFrozen, CurrencyMismatch, UnknownAccount
from ledger.models import Account, Transfer
from ledger.services.accounts import open_account
from ledger.services.balances import balance
from ledger.services.verify import verify
from payments.errors import MarkedForReturn, NotAllocatable, NothingReceived, NotInSuspense, UnknownPayment
from payments.models import Payment, PaymentHistory
from payments.services.allocating import Allocated, allocate, allocate_or_request, preview_allocation
from payments.services.returning import return_for_refund
from tests.cast import decide_all, deliver, notification, owed_by, owes
from tests.four_eyes import WHY, agree

pytestmark = pytest.mark.django_db
S001 = "student:S001:KES"
SUSPENSE = "suspense:KES"
LARGE = 200_000


@pytest.fixture
def lost() -> Callable[..., Payment]:
    """A payment for a student nobody knows, S404."""
    owes("S001", 150_000)

    def lost(amount: Any = 50_000, reference: str = "T1", **other: Any) -> Payment:
        deliver(notification(reference, student="S404", amount=amount, **other))
        decide_all()
        return Payment.objects.get(reference=reference)

    return lost


def give(payment: Payment, by: Any, account: str = S001) -> Allocated:
    return allocate(payment_id=payment.id, account_code=account, actor=by.actor, reason=WHY)


def ask(payment: Payment, by: Any, account: str = S001) -> Approval:
    asked = allocate_or_request(payment_id=payment.id, account_code=account, actor=by.actor, reason=WHY)
    assert isinstance(asked, Approval)
    return asked


def test_all_of_it_moves_as_it_was_previewed(lost, grace):
    payment = lost()
    seen = preview_allocation(payment_id=payment.id, account_code=S001)
    assert seen.summary == "Allocate KES 50,000.00 to student:S001:KES, from suspense."
    assert seen.lines == (Line(SUSPENSE, 5_000_000, 0, "KES"), Line(S001, 0, 5_000_000, "KES"))
    assert (seen.warnings, seen.needs_approval) == (("The payer meant student:S404:KES.",), False)

    done = give(payment, grace)

    assert (balance(SUSPENSE), owed_by("S001")) == (0, 10_000_000)
    payment.refresh_from_db()
    assert (payment.account, payment.named_account, payment.in_suspense) == (S001, "student:S404:KES", False)
    transfer = Transfer.objects.get(kind="allocation")
    assert (transfer.id, transfer.reference, transfer.memo) == (done.transfer_id, f"allocation:{payment.id}", "Payment T1")
    assert done == Allocated(payment.id, S001, 5_000_000, "KES", transfer.id, new=True)
    assert verify() == []


def test_it_leaves_its_traces(lost, grace):
    payment = lost()
    give(payment, grace)
    step = PaymentHistory.objects.filter(payment_id=payment.id).latest("id")
    assert (step.source, step.evidence, step.actor, step.reason) == ("staff", "allocation", grace.actor, WHY)
    assert (step.from_status, step.to_status, step.booked_minor) == ("succeeded", "succeeded", 0)
    item = ExceptionItem.objects.get(kind="suspense")
    assert (item.status, item.resolved_by, item.resolution) == ("resolved", grace.actor, f"Allocated to {S001}: {WHY}")
    event = Event.objects.get(type="payment.allocated")
    assert (event.subject, event.owner) == (payment.public_id, "student:S001")
    assert (event.payload["account"], event.payload["booked"], event.payload["gateway_reference"]) == (S001, 5_000_000, "T1")
    [entry] = AuditEntry.objects.filter(target=payment.public_id)
    assert (entry.actor, entry.act, entry.reason) == (grace.actor, "payments.allocate", WHY)
    assert (entry.before, entry.after) == (
        {"account": SUSPENSE},
        {"account": S001, "amount_minor": 5_000_000, "currency": "KES"},
    )


def test_again_it_is_answered_and_to_another_account_refused(lost, grace):
    payment = lost()
    owes("S002", 1)
    first = give(payment, grace)
    assert give(payment, grace) == first._replace(new=False)
    assert AuditEntry.objects.filter(act="payments.allocate").count() == Transfer.objects.filter(kind="allocation").count() == 1
    with pytest.raises(NotInSuspense):
        give(payment, grace, "student:S002:KES")
    with pytest.raises(NotInSuspense):
        preview_allocation(payment_id=payment.id, account_code=S001)


def test_a_wallet_or_merchant_may_have_it_and_the_preview_says_whose_it_is(lost, grace):
    payment = lost()
    open_account("wallet:w1", owner="user:alice", currency="KES")
    assert "to wallet:w1 of user:alice, from" in preview_allocation(payment_id=payment.id, account_code="wallet:w1").summary
    give(payment, grace, "wallet:w1")
    assert balance("wallet:w1") == 5_000_000


def test_an_account_under_review_may_have_it_and_the_preview_warns(lost, grace):
    payment = lost()
    Account.objects.filter(code=S001).update(state="review")
    assert "under review" in preview_allocation(payment_id=payment.id, account_code=S001).warnings[0]
    assert give(payment, grace).new


@pytest.mark.parametrize(
    ("account", "refusal"),
    [
        ("student:S405:KES", UnknownAccount),
        ("nonsense", UnknownAccount),
        ("student:S001:USD", CurrencyMismatch),
        (SUSPENSE, NotAllocatable),
        (chart.income("fees", "KES"), NotAllocatable),
        (chart.gateway_clearing("cellulant", "KES"), NotAllocatable),
    ],
)
def test_where_it_can_not_go_it_does_not_go(lost, grace, account, refusal):
    payment = lost()
    open_account("student:S001:USD")
    for attempt in (
        lambda: preview_allocation(payment_id=payment.id, account_code=account),
        lambda: give(payment, grace, account),
        lambda: allocate_or_request(payment_id=payment.id, account_code=account, actor=grace.actor, reason=WHY),
    ):
        with pytest.raises(refusal):
            attempt()
    assert balance(SUSPENSE) == 5_000_000


@pytest.mark.parametrize(("state", "refusal"), [("frozen", AccountFrozen), ("closed", AccountClosed)])
def test_an_account_that_takes_nothing_does_not_get_it(lost, grace, state, refusal):
    payment = lost()
    Account.objects.filter(code=S001).update(state=state)
    with pytest.raises(refusal):
        preview_allocation(payment_id=payment.id, account_code=S001)
    with pytest.raises(refusal):
        give(payment, grace)
    assert (balance(SUSPENSE), AuditEntry.objects.filter(act="payments.allocate").count()) == (5_000_000, 0)


def test_what_is_not_in_suspense_or_has_not_come_is_refused(lost, grace):
    pending = lost(status="PENDING")
    with pytest.raises(NothingReceived):
        give(pending, grace)
    deliver(notification("T2", student="S001"))
    decide_all()
    with pytest.raises(NotInSuspense):
        give(Payment.objects.get(reference="T2"), grace, "student:S404:KES")
    with pytest.raises(NotInSuspense):
        give(Payment.objects.get(reference="T2"), grace)
    with pytest.raises(UnknownPayment):
        allocate(payment_id=new_id(), account_code=S001, actor=grace.actor, reason=WHY)
    with pytest.raises(UnknownPayment):
        preview_allocation(payment_id=new_id(), account_code=S001)


@pytest.mark.parametrize("said", [{"actor": " "}, {"reason": ""}])
def test_nothing_moves_without_an_actor_and_a_reason(lost, grace, said):
    payment = lost()
    with pytest.raises(AuditIncomplete):
        allocate(payment_id=payment.id, account_code=S001, **{"actor": grace.actor, "reason": WHY} | said)
    assert balance(SUSPENSE) == 5_000_000


def test_what_comes_later_for_the_payment_follows_its_money(lost, grace):
    deliver(notification("T1", student="S404", amount=50_000, status="PENDING"))
    payment = lost(20_000)
    assert payment.status == "partially_paid"
    give(payment, grace)
    # The gateway knows one movement by this contract; a second one comes as another adapter would bring it.
    from payments.evidence import Evidence, Key
    from payments.services.settling import settle
    from payments.statuses import Status

    rest = Evidence("cellulant", "stk", (Key("transaction", "T1"),), Status.SUCCEEDED, 3_000_000, "KES", movement=Key("r", "R2"))
    [outcome] = settle([rest])
    assert (outcome.verdict, outcome.reason) == ("settled", "")
    assert (balance(SUSPENSE), owed_by("S001")) == (0, 10_000_000)
    assert ExceptionItem.objects.filter(status="open").count() == 0
    Account.objects.filter(code=S001).update(state="closed")
    [outcome] = settle([rest._replace(amount_minor=100, movement=Key("r", "R3"))])
    assert (outcome.verdict, owed_by("S001")) == ("settled", 9_999_900)
    assert set(ExceptionItem.objects.filter(status="open").values_list("reason", flat=True)) == {"overpaid", "account_closed"}
    assert verify() == []


def test_above_the_limit_another_person_approves(lost, grace, david):
    payment = lost(LARGE)
    assert preview_allocation(payment_id=payment.id, account_code=S001).needs_approval
    with pytest.raises(ApprovalNeeded):
        give(payment, grace)
    asked = ask(payment, grace)
    assert (balance(SUSPENSE), ask(payment, grace)) == (LARGE * 100, asked)
    assert approvals.preview(asked.kind, asked.payload).lines[1] == Line(S001, 0, LARGE * 100, "KES")

    done = agree(asked, david)

    assert (balance(SUSPENSE), owed_by("S001")) == (0, -5_000_000)
    transfer = Transfer.objects.get(kind="allocation")
    assert done.result == {"payment": payment.public_id, "transfer": public_id("transfer", transfer.id)}
    [entry] = AuditEntry.objects.filter(target=payment.public_id)
    assert (entry.actor, entry.reason, entry.after["approved_by"]) == (grace.actor, WHY, david.actor)
    acts = list(AuditEntry.objects.filter(target=asked.public_id).order_by("id").values_list("act", flat=True))
    assert acts == ["access.request_approval", "access.approve"]
    assert verify() == []


def test_up_to_the_limit_one_person_is_enough(lost, grace, settings):
    settings.APPROVAL_LIMITS_MINOR = {"allocation": {"KES": 5_000_000}}
    apply_limits()
    exact, above = lost(50_000), lost(50_000.01, "T2")
    done = allocate_or_request(payment_id=exact.id, account_code=S001, actor=grace.actor, reason=WHY)
    assert isinstance(done, Allocated)
    ask(above, grace)


def test_a_currency_without_a_limit_takes_two_people(lost, grace):
    open_account("student:S001:USD")
    ask(lost(0.01, currency="USD"), grace, "student:S001:USD")


def test_what_is_no_longer_so_when_it_is_approved_is_refused(lost, grace, david):
    owes("S002", 1)
    deliver(notification("T1", student="S404", amount=500_000, status="PENDING"))
    payment = lost(LARGE)
    to_one, to_other = ask(payment, grace), ask(payment, grace, "student:S002:KES")
    from payments.evidence import Evidence, Key
    from payments.services.settling import settle
    from payments.statuses import Status

    settle([Evidence("cellulant", "stk", (Key("transaction", "T1"),), Status.SUCCEEDED, 100, "KES", movement=Key("r", "R2"))])
    with pytest.raises(ApprovalOutdated):
        agree(to_one, david)
    with pytest.raises(ApprovalOutdated):
        approvals.preview(to_one.kind, to_one.payload)
    agree(ask(payment, grace), david)
    with pytest.raises(NotInSuspense):
        agree(to_other, david)
    assert owed_by("S001") == 15_000_000 - LARGE * 100 - 100


def test_what_is_to_be_returned_is_not_allocated(lost, grace, david):
    payment = lost(LARGE)
    asked = ask(payment, grace)
    item = ExceptionItem.objects.get(kind="suspense")
    return_for_refund(item_id=item.id, actor=grace.actor, reason="She wants it back.")
    for attempt in (lambda: give(payment, grace), lambda: ask(payment, grace), lambda: agree(asked, david)):
        with pytest.raises(MarkedForReturn):
            attempt()
    assert balance(SUSPENSE) == LARGE * 100


def refused_by_the_database(sql: str, *parameters: object) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def test_the_database_moves_no_payment_without_its_transfer(lost, grace):
    payment, move = lost(), "UPDATE payment SET account = %s WHERE id = %s"
    refused_by_the_database(move, S001, payment.id)
    refused_by_the_database(move, "suspense:USD", payment.id)
    give(payment, grace)
    refused_by_the_database(move, "student:S002:KES", payment.id)
    refused_by_the_database(move, SUSPENSE, payment.id)


def test_the_runtime_role_can_do_it(lost, grace, david):
    small, large = lost(), lost(LARGE, "T2")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE bursar_app")
        give(small, grace)
        agree(ask(large, grace), david)
        cursor.execute("RESET ROLE")
    assert balance(SUSPENSE) == 0
