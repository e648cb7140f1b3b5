"""An allocation's line on its owner's statement says which payment it was, and nothing of why staff moved it."""

from typing import Any

import pytest

from access.models import Approval, AuditEntry
from ledger.models import Transfer
from payments.models import Payment
from payments.services.allocating import allocate, allocate_or_request
from tests.cast import decide_all, deliver, notification, owes
from tests.four_eyes import WHY, agree

pytestmark = pytest.mark.django_db
S001 = "student:S001:KES"


@pytest.fixture(autouse=True)
def _owing(db: None) -> None:
    owes("S001", 150_000)


def lost(amount: Any = 50_000, reference: str = "T1") -> Payment:
    """A payment for a student nobody knows."""
    deliver(notification(reference, student="S404", amount=amount))
    decide_all()
    return Payment.objects.get(reference=reference)


def give(payment: Payment, by: Any, reason: str = WHY) -> None:
    allocate(payment_id=payment.id, account_code=S001, actor=by.actor, reason=reason)


@pytest.mark.parametrize("reason", ["She came by,\r\n\twith the receipt.", "a\u202ab", "\N{ZERO WIDTH JOINER}"])
def test_the_reason_is_staffs_whatever_stands_in_it_and_not_the_statements(grace, david, reason):
    small, large = lost(), lost(200_000, "T2")
    give(small, grace, reason=reason)
    asked = allocate_or_request(payment_id=large.id, account_code=S001, actor=grace.actor, reason=reason)
    assert isinstance(asked, Approval)
    assert agree(asked, david).status == "executed"
    assert set(Transfer.objects.filter(kind="allocation").values_list("memo", flat=True)) == {"Payment T1", "Payment T2"}
    assert list(AuditEntry.objects.filter(act="payments.allocate").values_list("reason", flat=True)) == [reason] * 2


@pytest.mark.parametrize(
    ("reference", "memo"),
    [
        ("UCE1\u202aX\n", "Payment UCE1X"),
        ("4111111111111111", "Payment \N{BULLET}\N{BULLET}\N{BULLET}1111"),
        ("4111\u202a111111111111", "Payment \N{BULLET}\N{BULLET}\N{BULLET}1111"),
        ("R" * 200, f"Payment {'R' * 60}"),
    ],
)
def test_what_a_gateway_calls_a_payment_is_made_fit_for_the_statement(grace, reference, memo):
    payment = lost()
    Payment.objects.filter(pk=payment.id).update(reference=reference)
    give(payment, grace)
    assert Transfer.objects.get(kind="allocation").memo == memo


@pytest.mark.parametrize("reference", ["", "\u202a"])
def test_a_payment_that_has_no_other_name_stands_under_ours(grace, reference):
    payment = lost()
    Payment.objects.filter(pk=payment.id).update(reference=reference)
    give(payment, grace)
    assert Transfer.objects.get(kind="allocation").memo == f"Payment {payment.public_id}"
