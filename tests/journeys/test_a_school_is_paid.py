"""S004 owes 150,000.00 and pays 50,000.00; the books prove it, however often the gateway says so."""

import pytest

from core.models import InboundOutcome
from ledger.models import Transfer
from payments.models import Payment
from tests.cast import decide_all, deliver, notification, owed_by, owes

pytestmark = pytest.mark.django_db


def test_a_payment_is_settled_once_however_often_it_is_told():
    owes("S004", 150_000)
    deliver(notification("TXN_DEMO_001"))
    assert decide_all() == 1
    assert owed_by("S004") == 10_000_000
    deliver(notification("TXN_DEMO_001"))
    deliver(*[notification("TXN_DEMO_001")] * 50)
    assert decide_all() == 51
    assert owed_by("S004") == 10_000_000
    assert Payment.objects.count() == 1
    assert Transfer.objects.filter(kind="payment").count() == 1
    assert sorted(InboundOutcome.objects.values_list("verdict", flat=True)) == ["duplicate"] * 51 + ["settled"]
