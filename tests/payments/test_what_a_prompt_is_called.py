"""The name that a prompt shows comes back with the till's confirmation, and means the account that is paid, and no other."""

import pytest

from ledger.services.accounts import open_account
from ledger.services.balances import balance
from payments.evidence import Key
from payments.models import Payment, PaymentRequest
from payments.services.requesting import Wanted, pay_account
from tests.payments.shop import PHONE, settled, success, typed_at_the_till

pytestmark = pytest.mark.django_db


def prompt(owner: str) -> tuple[Payment, str]:
    """A prompt to pay into this owner's account, and the name it shows."""
    wanted = Wanted("mpesa", {"phone_number": PHONE})
    payment = pay_account(
        destination=owner, amount_minor=100_000, currency="KES", wanted=wanted, caller="user:x", gateway="mpesa"
    )
    return payment, PaymentRequest.objects.get(pk=payment.pk).bill_reference


@pytest.mark.parametrize(("code", "shown"), [("student:s017a:KES", "s017a"), ("wallet:alice", ""), ("wallet:s004", "")])
def test_a_prompt_and_its_confirmation_are_one_payment(code: str, shown: str):
    open_account("student:S004:KES")
    owner = code.removesuffix(":KES")
    open_account(code, owner=owner, currency="KES")
    payment, name = prompt(owner)
    assert name == (shown or payment.public_id[-10:].upper())
    checkout, paid = Key("checkout", "C1"), success(payment, "")
    settled(paid._replace(keys=(*paid.keys, checkout), movement=checkout, lacks="receipt"))
    settled(typed_at_the_till(name, "R1"))
    assert Payment.objects.count() == 1
    assert (abs(balance(code)), balance("suspense:KES"), balance("student:S004:KES")) == (100_000, 0, 0)


@pytest.mark.parametrize("typed", [str.upper, str.lower])
def test_whoever_types_the_name_that_a_wallets_prompt_shows_pays_that_wallet(typed):
    open_account("student:S004:KES")
    open_account("wallet:s004", owner="wallet:s004", currency="KES")
    _, name = prompt("wallet:s004")
    settled(typed_at_the_till(typed(name), "R1"))
    assert (balance("wallet:s004"), balance("suspense:KES"), balance("student:S004:KES")) == (100_000, 0, 0)
