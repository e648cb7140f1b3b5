"""`manage.py simulate` for gateways other than Cellulant: authentic at their own doors, and counted the same way."""

import pytest
from django.core.management.base import CommandError

from access.services.gateway_tokens import install_token
from payments.services.requesting import Wanted, pay_account
from tests.cast import owed_by
from tests.sandbox.test_simulate import simulate

pytestmark = pytest.mark.stack


@pytest.fixture
def till(school: None) -> None:
    """To be asked for before `site`: the door reads its tokens every so often, and its refusals are final."""
    install_token(gateway="mpesa", kind="path", token="daraja-callback-token-of-tests")


def test_a_tills_day_is_booked_once_and_contradictions_are_told(till: None, site: str, worker: None) -> None:
    mix = (
        "--gateway",
        "mpesa",
        "--count",
        "60",
        "--duplicates",
        "20%",
        "--other-amounts",
        "10%",
        "--amount",
        "150",
        "--seed",
        "4",
    )
    counted = simulate(site, *mix)
    assert (counted["sent"], counted["acked"], counted["settled"]) == (60, 60, 42)
    assert counted["conflicts"] >= 6
    assert counted["duplicates"] + counted["conflicts"] == 18
    assert owed_by("S004") == -42 * 15_000
    assert simulate(site, *mix)["settled"] == 0


def test_the_bank_answers_the_deposits_that_wait_for_it(school: None, site: str, worker: None) -> None:
    for number in range(5):
        wanted = Wanted("deposit", {})
        pay_account(
            destination="student:S004",
            amount_minor=1000 + number,
            currency="KES",
            wanted=wanted,
            caller="user:joan",
            gateway="bank",
        )
    counted = simulate(site, "--gateway", "bank", "--count", "6", "--duplicates", "20%", "--seed", "4")
    assert (counted["settled"], counted["duplicates"], counted["quarantined"]) == (5, 1, 0)
    with pytest.raises(CommandError, match="Only 0 deposits"):
        simulate(site, "--gateway", "bank", "--count", "1")


def test_what_a_gateway_never_says_is_refused(school: None) -> None:
    for gateway in ("mpesa", "bank"):
        with pytest.raises(CommandError):
            simulate("http://127.0.0.1:1", "--gateway", gateway, "--count", "10", "--pending-first", "50%")
