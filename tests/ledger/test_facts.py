"""A gateway's fact is always booked: what an account cannot carry, its owner owes."""

import pytest

from ledger.errors import AccountClosed, AccountFrozen, InsufficientFunds
from ledger.models import Account, Transfer
from ledger.services.balances import balance, balances
from ledger.services.holding import hold, post_hold, void_hold
from ledger.services.posting import Posted
from ledger.services.verify import verify
from tests.ledger.cast import ALICE, ALICE_OWES, BOB, CLEARING, FEES, JOAN, book, deposit, movement

pytestmark = pytest.mark.usefixtures("books")


def chargeback(reference: str, amount_minor: int) -> list[Posted]:
    return book(movement(reference, amount_minor, debit=ALICE, credit=CLEARING, kind="chargeback", fact=True))


def test_what_a_wallet_can_carry_is_booked_plainly() -> None:
    deposit(ALICE, 100, "D1")
    assert chargeback("C1", 100)[0].shortfall_minor == 0
    assert not Account.objects.filter(code=ALICE_OWES).exists()


def test_what_it_cannot_carry_its_owner_owes() -> None:
    deposit(ALICE, 100, "D1")
    [posted] = chargeback("C1", 130)
    assert (posted.new, posted.shortfall_minor) == (True, 30)
    assert balances(owner="user:alice") == {ALICE: 0, ALICE_OWES: 30}
    assert Transfer.objects.get(pk=posted.id).amount_minor == 130
    assert verify() == []


def test_told_twice_it_is_booked_once() -> None:
    [first] = chargeback("C1", 130)
    assert chargeback("C1", 130) == [Posted(first.id, new=False)]
    assert balance(ALICE_OWES) == 130


def test_several_facts_share_what_is_there() -> None:
    deposit(ALICE, 100, "D1")
    first, second = book(
        *[movement(name, 80, debit=ALICE, credit=CLEARING, kind="chargeback", fact=True) for name in ("C1", "C2")]
    )
    assert (first.shortfall_minor, second.shortfall_minor) == (0, 60)
    assert balances(owner="user:alice") == {ALICE: 0, ALICE_OWES: 60}


def test_a_fact_does_not_take_what_is_held() -> None:
    deposit(ALICE, 100, "D1")
    hold(account=ALICE, amount_minor=70, reference="H1")
    assert chargeback("C1", 50)[0].shortfall_minor == 20
    assert balance(ALICE) == 70


def test_a_fact_beside_it_does_not_let_a_spend_through() -> None:
    deposit(ALICE, 100, "D1")
    spend = movement("S1", 101, debit=ALICE, credit=FEES, kind="spend")
    with pytest.raises(InsufficientFunds):
        book(spend, movement("C1", 10, debit=ALICE, credit=CLEARING, kind="chargeback", fact=True))
    assert balance(ALICE) == 100


def test_facts_of_several_owners_in_one_batch() -> None:
    deposit(BOB, 5, "D1")
    book(*[movement(f"C:{wallet}", 10, debit=wallet, credit=CLEARING, kind="chargeback", fact=True) for wallet in (ALICE, BOB)])
    assert balances(owner="user:bob") == {BOB: 0, "owed:user:bob:KES": 5}
    assert balance(ALICE_OWES) == 10


def test_a_frozen_account_takes_facts_only() -> None:
    Account.objects.get(code=JOAN).freeze()
    with pytest.raises(AccountFrozen):
        book(movement("TXN1"))
    assert book(movement("TXN1", fact=True))[0].new


def test_a_closed_account_takes_facts_only() -> None:
    Account.objects.get(code=JOAN).close()
    with pytest.raises(AccountClosed):
        book(movement("TXN1"))
    assert book(movement("TXN1", fact=True))[0].new


def test_a_payout_that_succeeds_after_its_hold_was_voided_is_booked_all_the_same() -> None:
    deposit(ALICE, 100, "D1")
    held = hold(account=ALICE, amount_minor=100, reference="W1")
    void_hold(held.id)
    book(movement("S1", 70, debit=ALICE, credit=FEES, kind="spend"))
    posted = post_hold(held.id, credit=CLEARING, amount_minor=100, reference="W1", kind="withdrawal", fact=True)
    assert posted.shortfall_minor == 70
    assert balances(owner="user:alice") == {ALICE: 0, ALICE_OWES: 70}
    assert post_hold(held.id, credit=CLEARING, amount_minor=100, reference="W1", kind="withdrawal", fact=True) == Posted(
        posted.id, new=False
    )
    assert verify() == []
