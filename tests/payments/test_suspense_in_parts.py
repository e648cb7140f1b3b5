"""Money that is nobody's may come in several parts: what staff see and decide about is all of it."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from core.ids import new_id
from core.models import ExceptionItem
from ledger.services.balances import balance
from ledger.services.posting import NewTransfer, post
from ledger.services.verify import verify
from payments.errors import MarkedForReturn
from payments.evidence import Evidence, Key
from payments.models import Payment
from payments.services.allocating import allocate, preview_allocation
from payments.services.returning import keep, preview_return, return_for_refund
from payments.services.settling import settle
from payments.statuses import Status
from tests.cast import owes
from tests.four_eyes import WHY

pytestmark = pytest.mark.django_db
LOST = "student:S404:KES"
FOUND = "student:S001:KES"


def part(receipt: str, amount_minor: int, bill: str = "lost") -> Evidence:
    """A part of one payment for a student nobody knows."""
    fact = Evidence("cellulant", "stk", (Key(bill, "B1"),), Status.SUCCEEDED, amount_minor, "KES", account=LOST)
    return fact._replace(movement=Key("receipt", receipt))


@transaction.atomic
def come(*parts: Evidence) -> Payment:
    settle(parts)
    return Payment.objects.get(pk=ExceptionItem.objects.latest("id").payment_id)


def items(**known: Any) -> list[tuple[str, int | None]]:
    """The state and the amount of each, the oldest first."""
    return list(ExceptionItem.objects.filter(kind="suspense", **known).order_by("id").values_list("status", "amount_minor"))


def all_is_told(payment: Payment, minor: int) -> ExceptionItem:
    """The one open item, the books and both previews speak of the same amount."""
    [item] = ExceptionItem.objects.filter(kind="suspense", status="open")
    words = f"KES {minor / 100:,.2f}"
    assert item.amount_minor == balance("suspense:KES") == payment.received_minor == minor
    assert preview_return(item_id=item.id).summary.startswith(f"Mark {words} of {payment.public_id}")
    assert preview_allocation(payment_id=payment.id, account_code=FOUND).summary.startswith(f"Allocate {words} to")
    return item


@pytest.mark.parametrize("at_once", [False, True])
def test_the_item_carries_all_that_is_in_suspense(grace, at_once):
    owes("S001", 1_000)
    parts = [part("R1", 10_000), part("R2", 5_000), part("R3", 2_500)]
    if at_once:
        payment = come(*parts)
    else:
        for one in parts:
            payment = come(one)
    item = all_is_told(payment, 17_500)
    assert item.detail == f"No account {LOST} takes money."
    allocate(payment_id=payment.id, account_code=FOUND, actor=grace.actor, reason=WHY)
    assert (balance("suspense:KES"), items(status="open"), verify()) == (0, [], [])


def test_a_part_told_twice_counts_once(grace):
    owes("S001", 1_000)
    come(part("R1", 10_000), part("R2", 5_000))
    payment = come(part("R2", 5_000), part("R1", 10_000))
    all_is_told(payment, 15_000)


def test_what_is_marked_to_be_returned_keeps_its_amount_and_the_next_parts_have_an_item_of_their_own(grace):
    owes("S001", 1_000)
    payment = come(part("R1", 10_000))
    item = all_is_told(payment, 10_000)
    return_for_refund(item_id=item.id, actor=grace.actor, reason=WHY)
    come(part("R2", 5_000))
    come(part("R3", 2_500))
    assert items() == [("returning", 10_000), ("open", 7_500)]
    assert balance("suspense:KES") == 17_500
    with pytest.raises(MarkedForReturn):
        preview_allocation(payment_id=payment.id, account_code=FOUND)


def test_what_is_kept_after_all_grows_again(grace):
    owes("S001", 1_000)
    payment = come(part("R1", 10_000))
    item = all_is_told(payment, 10_000)
    return_for_refund(item_id=item.id, actor=grace.actor, reason=WHY)
    keep(item_id=item.id, actor=grace.actor, reason=WHY)
    payment = come(part("R2", 5_000))
    assert all_is_told(payment, 15_000).pk == item.pk


def test_other_payments_are_counted_by_themselves(grace):
    one, other = part("R1", 10_000), part("R2", 5_000, bill="other")
    come(one, other, part("R3", 1), part("R4", 2, bill="other"))
    assert items() == [("open", 10_001), ("open", 5_002)]


@transaction.atomic
def by_hand(name: str, amount_minor: int, claims: bool) -> None:
    """An allocation by plain SQL, as the runtime role."""
    names = {"id": new_id(), "name": f"allocation:{name}", "amount": amount_minor, "to": FOUND}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE bursar_app")
        if claims:
            cursor.execute("INSERT INTO transfer_reference VALUES (%(name)s, %(id)s)", names)
        cursor.execute(
            "INSERT INTO transfer (id, debit_account_id, credit_account_id, amount_minor, currency, kind, reference, "
            " effective_at, memo) SELECT %(id)s, d.id, c.id, %(amount)s, 'KES', 'allocation', %(name)s, now(), ''"
            " FROM account d, account c WHERE d.code = 'suspense:KES' AND c.code = %(to)s",
            names,
        )
        cursor.execute("RESET ROLE")


def test_no_part_of_it_is_allocated_so_that_one_person_is_enough(settings):
    """A payment of three times what one person may allocate, in three parts of exactly that."""
    owes("S001", 1_000)
    most = settings.APPROVAL_LIMITS_MINOR["allocation"]["KES"]
    payment = come(part("R1", 3 * most))
    for name in ("1", str(payment.id), str(new_id())):
        transfer = NewTransfer("suspense:KES", FOUND, most, "KES", "allocation", f"allocation:{name}", payment.created_at)
        for attempt in (
            lambda t=transfer: post([t]),
            lambda n=name: by_hand(n, most, True),
            lambda n=name: by_hand(n, most, False),
        ):
            with pytest.raises(IntegrityError, match="not all that a payment has in suspense"), transaction.atomic():
                attempt()
    assert balance("suspense:KES") == 3 * most


def test_what_is_small_enough_for_one_person_is_allocated_once_by_sql_as_well():
    owes("S001", 1_000)
    payment = come(part("R1", 10_000))
    with pytest.raises(IntegrityError, match="not all that a payment has in suspense"):
        by_hand(str(payment.id), 10_000, claims=False)
    by_hand(str(payment.id), 10_000, claims=True)
    with pytest.raises(IntegrityError, match="not all that a payment has in suspense"):
        by_hand(str(payment.id), 10_000, claims=False)
