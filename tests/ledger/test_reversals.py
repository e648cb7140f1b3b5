import pytest
from django.db import transaction

from core.ids import new_id
from ledger.errors import InsufficientFunds, InvalidTransfer, NotReversible, UnknownTransfer
from ledger.models import Transfer
from ledger.services.balances import balance, balances
from ledger.services.posting import Posted
from ledger.services.reversing import reverse
from ledger.services.verify import verify
from tests.ledger.cast import ALICE, ALICE_OWES, CLEARING, FEES, JOAN, book, deposit, movement

pytestmark = pytest.mark.usefixtures("books")


def test_a_reversal_is_the_mirror_and_both_stay() -> None:
    [booked] = book(movement("TXN1", 70))
    mirror = Transfer.objects.get(pk=reverse(booked.id, reason="charged in error").id)
    assert (balance(JOAN), balance(CLEARING)) == (0, 0)
    assert (mirror.reverses_id, mirror.kind, mirror.memo) == (booked.id, "reversal", "charged in error")
    assert Transfer.objects.count() == 2
    assert verify() == []


def test_a_transfer_is_reversed_once() -> None:
    [booked] = book(movement("TXN1", 70))
    first = reverse(booked.id, reason="charged in error")
    assert reverse(booked.id, reason="said again in other words") == Posted(first.id, new=False)
    assert balance(JOAN) == 0


def test_a_reversal_is_not_reversed() -> None:
    [booked] = book(movement("TXN1", 70))
    with pytest.raises(NotReversible):
        reverse(reverse(booked.id, reason="charged in error").id, reason="it was right after all")


def test_a_reversal_needs_a_transfer_and_a_reason() -> None:
    [booked] = book(movement("TXN1", 70))
    with pytest.raises(UnknownTransfer):
        reverse(new_id(), reason="no such thing")
    with pytest.raises(InvalidTransfer):
        reverse(booked.id, reason="  ")


def test_our_own_reversal_does_not_take_money_that_is_spent() -> None:
    deposit_id = deposit(ALICE, 100, "D1")
    book(movement("S1", 30, debit=ALICE, credit=FEES))
    with pytest.raises(InsufficientFunds), transaction.atomic():
        reverse(deposit_id, reason="charged in error")
    assert balance(ALICE) == 70


def test_a_gateways_reversal_of_spent_money_is_owed() -> None:
    deposit_id = deposit(ALICE, 100, "D1")
    book(movement("S1", 30, debit=ALICE, credit=FEES))
    assert reverse(deposit_id, reason="reversed by the gateway", fact=True).shortfall_minor == 30
    assert balances(owner="user:alice") == {ALICE: 0, ALICE_OWES: 30}
    assert verify() == []
