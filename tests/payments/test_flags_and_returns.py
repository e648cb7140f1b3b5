"""What staff do about money that is booked: accept it as it is, or mark it to be returned."""

from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from access.errors import AuditIncomplete
from access.models import AuditEntry
from core.exceptions import ItemClosed, NewItem, UnfitItem, UnknownItem, open_items
from core.ids import new_id
from core.models import ExceptionItem
from ledger.models import Account, Transfer
from ledger.services.balances import balance
from payments.errors import MarkedForReturn, NothingReceived, UnknownPayment
from payments.evidence import AmountRule, Evidence, Key
from payments.models import Payment
from payments.services.accepting import accept, accept_many, preview_accept
from payments.services.allocating import allocate
from payments.services.returning import can_be_kept, keep, preview_keep, preview_return, return_for_refund
from payments.services.settling import settle
from payments.statuses import Status as PaymentStatus
from tests.cast import decide_all, deliver, notification, owes
from tests.four_eyes import WHY
from tests.payments.shop import a_merchant, an_order, asked_for, settled, success

pytestmark = pytest.mark.django_db


def flagged(reference: str = "T1", amount: Any = 100) -> ExceptionItem:
    """A payment that came for a student who has left."""
    owes("S002", 1_000) if not Account.objects.filter(code="student:S002:KES").exists() else None
    Account.objects.filter(code="student:S002:KES").update(state="review")
    deliver(notification(reference, student="S002", amount=amount))
    decide_all()
    return ExceptionItem.objects.get(payment_id=Payment.objects.get(reference=reference).id)


def lost() -> ExceptionItem:
    deliver(notification("T404", student="S404"))
    decide_all()
    return ExceptionItem.objects.get(kind="suspense")


def quarantined() -> ExceptionItem:
    deliver(notification("T9", status="SORT_OF"))
    decide_all()
    return ExceptionItem.objects.get(kind="quarantine")


def trail() -> list[tuple[str, str, str, str]]:
    acts = AuditEntry.objects.filter(act__startswith="payments.").order_by("id")
    return list(acts.values_list("actor", "act", "target", "reason"))


def test_a_flag_is_accepted_and_nothing_moves(grace):
    item = flagged()
    payment, transfers = Payment.objects.get(), Transfer.objects.count()
    assert preview_accept(item_id=item.id).summary.startswith(f"Accept {payment.public_id} as it is")

    done = accept(item_id=item.id, actor=grace.actor, reason=WHY)

    assert (done.status, done.resolved_by, done.resolution) == ("resolved", grace.actor, f"Accepted as it is: {WHY}")
    assert done.resolved_at is not None
    assert trail() == [(grace.actor, "payments.accept", payment.public_id, WHY)]
    assert Transfer.objects.count() == transfers


def test_only_open_flags_are_accepted(grace):
    suspense, quarantine, item = lost(), quarantined(), flagged()
    accept(item_id=item.id, actor=grace.actor, reason=WHY)
    for other, refusal in ((suspense.id, UnfitItem), (quarantine.id, UnfitItem), (item.id, ItemClosed), (new_id(), UnknownItem)):
        with pytest.raises(refusal):
            accept(item_id=other, actor=grace.actor, reason=WHY)
        with pytest.raises(refusal):
            preview_accept(item_id=other)
    assert len(trail()) == 1


def test_many_flags_are_accepted_in_a_fixed_number_of_statements(grace, django_assert_num_queries):
    few = [flagged(f"A{number}").id for number in range(2)]
    many = [flagged(f"B{number}").id for number in range(30)]
    others = [lost().id, quarantined().id, new_id()]
    with django_assert_num_queries(5):
        assert accept_many(item_ids=few, actor=grace.actor, reason=WHY) == 2
    with django_assert_num_queries(5):
        assert accept_many(item_ids=[*many, *few, *others], actor=grace.actor, reason=WHY) == 30
    assert accept_many(item_ids=[*many, *others], actor=grace.actor, reason=WHY) == 0
    assert len(trail()) == len({target for _, _, target, _ in trail()}) == 32
    assert sorted(ExceptionItem.objects.filter(status="open").values_list("kind", flat=True)) == ["quarantine", "suspense"]


def test_a_flag_about_no_payment_is_accepted_under_its_own_name(grace):
    open_items([NewItem(ExceptionItem.Kind.FLAG, "stray_rows", "table payment")])
    item = ExceptionItem.objects.get()
    accept(item_id=item.id, actor=grace.actor, reason=WHY)
    assert trail() == [(grace.actor, "payments.accept", item.public_id, WHY)]
    assert preview_return_is_refused(flag_about_nothing().id, UnfitItem)


def flag_about_nothing() -> ExceptionItem:
    open_items([NewItem(ExceptionItem.Kind.FLAG, "stray_rows", "table event")])
    return ExceptionItem.objects.get(subject="table event")


def preview_return_is_refused(item_id: Any, refusal: type[Exception]) -> bool:
    with pytest.raises(refusal):
        preview_return(item_id=item_id)
    with pytest.raises(refusal):
        return_for_refund(item_id=item_id, actor="user:grace", reason=WHY)
    return True


def test_money_is_marked_to_be_returned_and_nothing_leaves(grace):
    for item, amount in ((lost(), "50,000.00"), (flagged(), "100.00")):
        payment, transfers = Payment.objects.get(id=item.payment_id), Transfer.objects.count()
        assert f"KES {amount} of {payment.public_id}" in preview_return(item_id=item.id).summary

        done = return_for_refund(item_id=item.id, actor=grace.actor, reason=WHY)

        assert (done.status, done.resolved_by, done.resolution) == ("returning", grace.actor, f"To be returned: {WHY}")
        assert done.resolved_at is None
        assert trail()[-1] == (grace.actor, "payments.return_for_refund", payment.public_id, WHY)
        assert Transfer.objects.count() == transfers
        assert preview_return_is_refused(item.id, ItemClosed)
    assert len(trail()) == 2


def test_what_has_not_come_is_not_returned(grace):
    assert preview_return_is_refused(quarantined().id, UnfitItem)
    assert preview_return_is_refused(new_id(), UnknownItem)
    open_items([NewItem(ExceptionItem.Kind.FLAG, "odd", "pay_x odd", payment_id=str(new_id()))])
    assert preview_return_is_refused(ExceptionItem.objects.get(reason="odd").id, UnknownPayment)
    deliver(notification("T5", status="PENDING"))
    decide_all()
    payment = Payment.objects.get(reference="T5")
    open_items([NewItem(ExceptionItem.Kind.FLAG, "early", "pay_y early", payment_id=str(payment.id))])
    assert preview_return_is_refused(ExceptionItem.objects.get(reason="early").id, NothingReceived)


def test_the_mark_comes_off_again(grace):
    item = lost()
    with pytest.raises(ItemClosed):
        keep(item_id=item.id, actor=grace.actor, reason=WHY)
    return_for_refund(item_id=item.id, actor=grace.actor, reason=WHY)
    kept = keep(item_id=item.id, actor=grace.actor, reason="She found her number.")
    assert (kept.status, kept.resolved_at) == ("open", None)
    assert [act for _, act, _, _ in trail()] == ["payments.return_for_refund", "payments.keep"]
    assert return_for_refund(item_id=item.id, actor=grace.actor, reason="After all.").status == "returning"


def more_comes(receipt: str = "R2", amount_minor: int = 700) -> None:
    more = Evidence(
        "cellulant",
        "stk",
        (Key("transaction", "T404"),),
        PaymentStatus.SUCCEEDED,
        amount_minor,
        "KES",
        movement=Key("r", receipt),
    )
    with transaction.atomic():
        settle([more])


def lost_in_parts() -> ExceptionItem:
    """A first part of more, for a student nobody knows."""
    deliver(notification("T404", student="S404", amount=100_000, status="PENDING"), notification("T404", student="S404"))
    decide_all()
    return ExceptionItem.objects.get(kind="suspense")


def test_what_is_kept_is_joined_with_what_more_money_of_its_payment_has_opened(grace):
    item = lost_in_parts()
    return_for_refund(item_id=item.id, actor=grace.actor, reason=WHY)
    more_comes()
    twin = ExceptionItem.objects.get(status="open")
    owes("S001", 1)
    payment = Payment.objects.get()
    with pytest.raises(MarkedForReturn):
        allocate(payment_id=payment.id, account_code="student:S001:KES", actor=grace.actor, reason=WHY)
    assert preview_keep(item_id=item.id).warnings == (
        f"More of this payment waits already: this is joined with {twin.public_id}, which waits for all of it.",
    )

    waiting = keep(item_id=item.id, actor=grace.actor, reason="She found her number.")

    item.refresh_from_db()
    assert (item.status, item.resolution) == ("resolved", f"Joined with {twin.public_id}: She found her number.")
    assert (waiting.id, waiting.status, waiting.amount_minor) == (twin.id, "open", 5_000_700)
    assert [act for _, act, _, _ in trail()] == ["payments.return_for_refund", "payments.keep"]
    allocate(payment_id=payment.id, account_code="student:S001:KES", actor=grace.actor, reason=WHY)
    assert (balance("suspense:KES"), balance("student:S001:KES")) == (0, 100 - 5_000_700)
    assert not ExceptionItem.objects.filter(status__in=["open", "returning"]).exists()


def test_flags_about_parts_are_joined_too(grace):
    item = flagged()
    return_for_refund(item_id=item.id, actor=grace.actor, reason=WHY)
    open_items([NewItem(ExceptionItem.Kind.FLAG, item.reason, item.subject, str(item.payment_id), None, 7_000, "KES")])
    waiting = keep(item_id=item.id, actor=grace.actor, reason=WHY)
    assert (waiting.status, waiting.amount_minor) == ("open", 10_000), "never more than came"
    assert ExceptionItem.objects.get(id=item.id).status == "resolved"


def test_two_items_of_one_payment_are_both_marked_and_both_kept(grace):
    item = lost_in_parts()
    return_for_refund(item_id=item.id, actor=grace.actor, reason=WHY)
    more_comes()
    other = ExceptionItem.objects.get(status="open")
    return_for_refund(item_id=other.id, actor=grace.actor, reason=WHY)
    assert keep(item_id=other.id, actor=grace.actor, reason=WHY).id == other.id
    assert keep(item_id=item.id, actor=grace.actor, reason=WHY).id == other.id
    assert ExceptionItem.objects.get(status__in=["open", "returning"]).amount_minor == 5_000_700


def test_what_an_order_got_too_much_of_is_not_kept(grace):
    order = an_order(a_merchant())
    settled(success(asked_for(order), "R1", 120_000, AmountRule.PAYER_DECIDES))
    item = ExceptionItem.objects.get(reason="more_than_the_order")
    assert not can_be_kept(item)
    for attempt in (partial(preview_keep, item_id=item.id), partial(keep, item_id=item.id, actor=grace.actor, reason=WHY)):
        with pytest.raises(UnfitItem, match="only be given back to its payer"):
            attempt()
    assert (ExceptionItem.objects.get().status, trail()) == ("returning", [])


def test_a_second_payment_of_an_order_may_be_kept_and_allocated(grace):
    order = an_order(a_merchant())
    first, second = asked_for(order), asked_for(order)
    settled(success(first, "R1"), success(second, "R2"))
    item = ExceptionItem.objects.get(reason="order_paid_already")
    assert can_be_kept(item)
    assert keep(item_id=item.id, actor=grace.actor, reason=WHY).status == "open"
    owes("S001", 1)
    allocate(payment_id=second.id, account_code="student:S001:KES", actor=grace.actor, reason=WHY)
    assert (balance("suspense:KES"), balance("student:S001:KES")) == (0, 100 - 100_000)


@pytest.mark.parametrize("act", [accept, return_for_refund, keep])
@pytest.mark.parametrize("said", [{"actor": ""}, {"reason": " "}])
def test_nothing_is_done_without_an_actor_and_a_reason(grace, act, said):
    item = flagged()
    if act is keep:
        return_for_refund(item_id=item.id, actor=grace.actor, reason=WHY)
    before = ExceptionItem.objects.values().get()
    with pytest.raises(AuditIncomplete):
        act(item_id=item.id, **{"actor": grace.actor, "reason": WHY} | said)
    assert ExceptionItem.objects.values().get() == before


def test_the_runtime_role_can_do_all_of_it(grace):
    item, other = flagged("T1"), flagged("T2")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE bursar_app")
        return_for_refund(item_id=item.id, actor=grace.actor, reason=WHY)
        keep(item_id=item.id, actor=grace.actor, reason=WHY)
        accept_many(item_ids=[item.id, other.id], actor=grace.actor, reason=WHY)
        cursor.execute("RESET ROLE")
    assert not ExceptionItem.objects.filter(status="open").exists()
