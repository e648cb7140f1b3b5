"""What the simulator sends as Monnify is signed, follows from its seed, and is confirmed by the far side it told."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from core.models import InboundOutcome
from payments.models import Payment, PaymentAttempt
from payments.services import asking
from sandbox.mix import ImpossibleMix, Mix
from sandbox.monnify.simulation import transfers, webhooks
from sandbox.simulators import SIMULATORS
from tests.cast import decide_all, deliver, owed_by, owes
from tests.gateways.far import FarSide, far_side

AT = datetime(2026, 3, 14, 9, tzinfo=UTC)


def test_a_run_follows_from_its_seed():
    mix = Mix(50, ["S001", "S004"], duplicates=0.2, other_amounts=0.1)
    runs = [webhooks(mix, transfers(mix, seed=seed, at=AT), seed=seed) for seed in (7, 7, 8)]
    assert runs[0] == runs[1] != runs[2]
    assert len(runs[0]) == 50
    with pytest.raises(ImpossibleMix):
        transfers(Mix(50, ["S001"], pending_first=0.1), seed=7, at=AT)


def test_without_a_far_side_nothing_is_sent(settings: Any):
    settings.GATEWAYS = settings.GATEWAYS | {"monnify": settings.GATEWAYS["monnify"] | {"base_url": "http://127.0.0.1:9"}}
    with pytest.raises(ImpossibleMix, match="confirmed"):
        SIMULATORS["monnify"](Mix(1, ["S004"]), 7, AT)


@pytest.fixture
def far(tmp_path: Any, settings: Any, db: None) -> Iterator[FarSide]:
    from payments.gateways.wire import pool

    with far_side(tmp_path / "far.log") as side:
        base = f"{side.url}/monnify"
        settings.GATEWAYS = settings.GATEWAYS | {"monnify": settings.GATEWAYS["monnify"] | {"base_url": base}}
        yield side
        pool(base).close()


@pytest.mark.stack
def test_what_was_really_paid_is_booked_whatever_was_claimed(far: FarSide):
    owes("S004", 1_000_000, "NGN")
    deliveries = SIMULATORS["monnify"](Mix(20, ["S004"], duplicates=0.2, other_amounts=0.2, shuffle=True), 7, AT)
    deliver(*[delivery.body for delivery in deliveries], gateway="monnify", kind="webhook")
    decide_all()
    assert {outcome.reason for outcome in InboundOutcome.objects.all()} == {"to_be_confirmed"}
    for attempt in PaymentAttempt.objects.filter(status=PaymentAttempt.Status.PREPARED):
        asking.send(attempt.pk)
    paid = sum(row["amount_minor"] for row in far.paid())
    assert owed_by("S004", "NGN") == 100_000_000 - paid
    assert set(Payment.objects.values_list("status", flat=True)) == {"succeeded"}
