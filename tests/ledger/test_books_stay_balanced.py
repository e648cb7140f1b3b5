"""Whatever is done in whatever order: a model of three wallets in plain Python agrees with the ledger after every step."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from ledger import chart
from ledger.errors import HoldClosed, HoldExceeded, InsufficientFunds
from ledger.models import Hold
from ledger.services.accounts import open_account
from ledger.services.balances import balances, held
from ledger.services.holding import expire_holds, hold, post_hold, void_hold
from ledger.services.posting import NewTransfer, post
from ledger.services.reversing import reverse
from ledger.services.verify import verify
from tests.ledger.cast import movement

WALLETS = [chart.wallet(name) for name in ("ann", "ben", "eve")]
CURRENCY = dict(zip(WALLETS, ("KES", "KES", "USD"), strict=True))
LATER = datetime(2100, 1, 1, tzinfo=UTC)

wallets = st.sampled_from(WALLETS)
amounts = st.integers(1, 120)


class Books(RuleBasedStateMachine):
    transfers = Bundle("transfers")
    holds = Bundle("holds")

    @initialize()
    def open_the_books(self) -> None:
        self.block = transaction.atomic()
        self.block.__enter__()
        for code in WALLETS:
            open_account(code, currency=CURRENCY[code])
        self.sums: dict[str, int] = defaultdict(int)  # debits less credits
        self.open: dict[Any, int] = {}
        self.wallet_of: dict[Any, str] = {}
        self.expiring: set[Any] = set()
        self.steps = 0

    def teardown(self) -> None:
        if not hasattr(self, "block"):
            return
        assert verify() == []
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    def name(self) -> str:
        self.steps += 1
        return f"step:{self.steps}"

    def available(self, wallet: str) -> int:
        return -self.sums[wallet] - sum(self.open[one] for one in self.open if self.wallet_of[one] == wallet)

    def clearing(self, wallet: str) -> str:
        return chart.gateway_clearing("cellulant", CURRENCY[wallet])

    def try_to(self, act: Any, refusal: type[Exception], *, expected: bool) -> Any:
        """The act is refused exactly when the model says so, and then changes nothing."""
        try:
            with transaction.atomic():
                done = act()
        except refusal:
            assert expected
            return None
        assert not expected
        return done

    def moved(self, transfer: NewTransfer, shortfall: int = 0) -> None:
        self.sums[transfer.debit] += transfer.amount_minor - shortfall
        self.sums[transfer.credit] -= transfer.amount_minor
        if shortfall:
            self.sums[chart.owed(transfer.debit, transfer.currency)] += shortfall

    @rule(target=transfers, wallet=wallets, amount=amounts)
    def deposit(self, wallet: str, amount: int) -> NewTransfer:
        paid = movement(self.name(), amount, debit=self.clearing(wallet), credit=wallet, currency=CURRENCY[wallet], fact=True)
        post([paid])
        self.moved(paid)
        return paid

    @rule(target=transfers, wallet=wallets, amount=amounts)
    def spend(self, wallet: str, amount: int) -> Any:
        spent = movement(
            self.name(), amount, debit=wallet, credit=chart.income("calls", CURRENCY[wallet]), currency=CURRENCY[wallet]
        )
        if self.try_to(lambda: post([spent]), InsufficientFunds, expected=amount > self.available(wallet)) is None:
            return multiple()
        self.moved(spent)
        return spent

    @rule(amount=amounts, back=amounts)
    def two_gifts_in_one_batch(self, amount: int, back: int) -> None:
        ann, ben = WALLETS[:2]
        there, here = movement(self.name(), amount, debit=ann, credit=ben), movement(self.name(), back, debit=ben, credit=ann)
        broke = self.available(ann) + back < amount or self.available(ben) + amount < back
        if self.try_to(lambda: post([there, here]), InsufficientFunds, expected=broke) is not None:
            self.moved(there)
            self.moved(here)

    @rule(wallet=wallets, amount=amounts)
    def chargeback(self, wallet: str, amount: int) -> None:
        lost = movement(self.name(), amount, debit=wallet, credit=self.clearing(wallet), currency=CURRENCY[wallet], fact=True)
        [posted] = post([lost])
        assert posted.shortfall_minor == max(0, amount - self.available(wallet))
        self.moved(lost, posted.shortfall_minor)

    @rule(transfer=transfers)
    def say_it_again(self, transfer: NewTransfer) -> None:
        [posted] = post([transfer])
        assert (posted.id, posted.new) == (transfer.id, False)

    @rule(transfer=consumes(transfers))
    def reverse_it(self, transfer: NewTransfer) -> None:
        broke = transfer.credit in WALLETS and transfer.amount_minor > self.available(transfer.credit)
        if self.try_to(lambda: reverse(transfer.id, reason="error"), InsufficientFunds, expected=broke) is not None:
            self.sums[transfer.debit] -= transfer.amount_minor
            self.sums[transfer.credit] += transfer.amount_minor

    @rule(target=holds, wallet=wallets, amount=amounts, expires=st.booleans())
    def hold_some(self, wallet: str, amount: int, expires: bool) -> Any:
        reference, until = self.name(), LATER if expires else None
        row = self.try_to(
            lambda: hold(account=wallet, amount_minor=amount, reference=reference, expires_at=until),
            InsufficientFunds,
            expected=amount > self.available(wallet),
        )
        if row is None:
            return multiple()
        self.open[row.id], self.wallet_of[row.id] = amount, wallet
        self.expiring |= {row.id} if expires else set()
        return row.id

    @rule(one=holds, amount=amounts)
    def post_a_part(self, one: Any, amount: int) -> None:
        wallet, reference = self.wallet_of[one], self.name()
        refusal = HoldExceeded if self.open[one] else HoldClosed
        credit = self.clearing(wallet)
        posted = self.try_to(
            lambda: post_hold(one, credit=credit, amount_minor=amount, reference=reference, kind="withdrawal"),
            refusal,
            expected=amount > self.open[one],
        )
        if posted is not None:
            self.open[one] -= amount
            self.sums[wallet] += amount
            self.sums[credit] -= amount

    @rule(one=holds, amount=amounts)
    def void_a_part(self, one: Any, amount: int) -> None:
        refusal = HoldExceeded if self.open[one] else HoldClosed
        if self.try_to(lambda: void_hold(one, amount_minor=amount), refusal, expected=amount > self.open[one]) is not None:
            self.open[one] -= amount

    @rule()
    def time_passes(self) -> None:
        due = {one for one in self.expiring if self.open[one]}
        assert expire_holds(now=LATER) == len(due)
        for one in due:
            self.open[one] = 0

    @invariant()
    def the_model_agrees(self) -> None:
        if not hasattr(self, "block"):
            return
        natural = {code: net * (1 if chart.plan(code).kind in {"asset", "expense"} else -1) for code, net in self.sums.items()}
        assert {code: kept for code, kept in balances().items() if kept} == {code: net for code, net in natural.items() if net}
        for wallet in WALLETS:
            assert held(wallet) == sum(left for one, left in self.open.items() if self.wallet_of[one] == wallet)
            assert self.available(wallet) >= 0
        for row in Hold.objects.all():
            assert row.amount_minor == row.posted_minor + row.voided_minor + row.expired_minor + row.open_minor
            assert row.open_minor == self.open[row.id]


@pytest.mark.django_db
def test_the_books_stay_balanced_whatever_is_done() -> None:
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    run_state_machine_as_test(  # type: ignore[no-untyped-call] # hypothesis leaves it untyped
        Books, settings=settings(max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=checks)
    )
