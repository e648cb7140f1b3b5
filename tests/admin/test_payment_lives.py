"""A payment's timeline tells of all of its money, from clearing to where it stands now, and repeats staff in their own words."""

import pytest

from core.ids import public_id
from ledger.models import Transfer
from payments.evidence import AmountRule
from payments.services.allocating import allocate
from payments.services.knowing import payment_moved_by
from tests.admin.office import payment
from tests.payments.shop import a_merchant, an_order, asked_for, settled, success

pytestmark = pytest.mark.django_db
SAID = "Mrs Zuria, receipt TXN_1"


@pytest.fixture
def allocated(office):
    """The money that came for nobody, allocated to Joan."""
    found = payment("TXN_2")
    allocate(payment_id=found.id, account_code="student:S004:KES", actor="system:test", reason=SAID)
    return found


def test_money_for_an_order_that_was_paid_before_is_not_said_to_lack_an_account(office, read):
    order = an_order(a_merchant())
    first, second = asked_for(order), asked_for(order)
    settled(success(first, "R1"))
    settled(success(second, "R2"))
    shown = read(f"/admin/payments/payment/{second.public_id}/change/")
    assert "The money stands in suspense: another payment had paid the order." in shown


def page_of(moved):
    return f"/admin/payments/payment/{moved.public_id}/change/"


def test_the_transfer_that_allocated_it_stands_in_its_timeline(allocated, read):
    page = read(page_of(allocated))
    assert "gateway:cellulant:clearing:KES → suspense:KES" in page
    assert "suspense:KES → student:S004:KES" in page


def test_what_was_more_than_its_order_stands_in_its_timeline(read):
    order = an_order(a_merchant())
    paid = asked_for(order)
    settled(success(paid, "R1", 120_000, AmountRule.PAYER_DECIDES))
    page = read(page_of(paid))
    assert f"clearing:KES → {order.account}" in page
    assert f"{order.account} → suspense:KES" in page
    assert {payment_moved_by(transfer) for transfer in Transfer.objects.all()} == {paid}


def test_the_transfers_lead_back_to_it(allocated, read):
    for kind in ("payment", "allocation"):
        transfer = Transfer.objects.get(kind=kind, reference__contains="TXN_2" if kind == "payment" else str(allocated.id))
        page = read(f"/admin/ledger/transfer/{public_id('transfer', transfer.pk)}/change/")
        assert "The payment whose money it moved" in page
        assert "TXN_2" in page.partition("The payment whose money it moved")[2]


@pytest.mark.parametrize(
    "reference", ["", "allocation:", "allocation:nobody", "payment:", "payment:cellulant:transaction:", "excess:a:b:c", "fee:1"]
)
def test_a_reference_of_no_payment_leads_to_none(db, reference):
    assert payment_moved_by(Transfer(reference=reference)) is None


def test_what_staff_wrote_stands_as_they_wrote_it_and_a_code_in_plain_words(allocated, read):
    page = read(page_of(allocated))
    # The step, what the trail says of the act, and how the exception was resolved.
    assert page.count(SAID) == 3, page
    assert "Mrs zuria" not in page
    assert "Unknown account" in page
    assert "unknown_account" not in page
