"""`manage.py gateways`: held against the far side as a server of its own, and against credentials that are wrong."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from access.services.gateway_tokens import install_token
from payments.gateways.registry import OUTBOUND
from payments.models import GatewayState, PaymentRoute
from payments.services.breaking import OPENS_AFTER, note_trouble
from tests.cast import TOKEN
from tests.gateways.far import FarSide, far_side
from tests.gateways.stage import aim, let_in

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarSide]:
    with far_side(tmp_path_factory.mktemp("far") / "far.log") as far:
        yield far


@pytest.fixture
def ready(far: FarSide, settings: Any, transactional_db: None) -> None:
    aim(settings, "http://127.0.0.1:9", far.url)
    let_in()
    install_token(gateway="cellulant", kind="bearer", token=TOKEN)


def gateways(*arguments: str) -> list[str]:
    said = StringIO()
    call_command("gateways", *arguments, stdout=said)
    return said.getvalue().splitlines()


def failing(*arguments: str) -> str:
    """What it printed before it failed with 1."""
    said = StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("gateways", *arguments, stdout=said)
    assert failed.value.returncode == 1
    return said.getvalue()


def test_every_gateway_of_the_far_side_takes_our_credentials(ready: None):
    lines = gateways("check")
    assert [line.split()[:3] for line in lines[1:]] == [["✓", name, "present"] for name in OUTBOUND]


def test_a_wrong_key_is_found(ready: None, settings: Any):
    settings.GATEWAYS = settings.GATEWAYS | {"mpesa": settings.GATEWAYS["mpesa"] | {"consumer_secret": "wrong"}}
    assert "Daraja refuses" in failing("check")
    assert len(gateways("check", "--gateway", "stripe", "--gateway", "bank")) == 3


def test_a_key_that_is_not_set_is_named_and_nobody_is_asked(ready: None, settings: Any):
    settings.GATEWAYS = settings.GATEWAYS | {"upi": settings.GATEWAYS["upi"] | {"key_id": "", "base_url": "http://127.0.0.1:9"}}
    said = failing("check", "--gateway", "upi")
    assert "missing: UPI_KEY_ID" in said
    assert "not asked" in said


def test_what_no_route_leads_to_may_be_unready(ready: None, settings: Any):
    settings.GATEWAYS = settings.GATEWAYS | {"monnify": settings.GATEWAYS["monnify"] | {"contract_code": ""}}
    failing("check")
    PaymentRoute.objects.filter(gateway="monnify").update(is_open=False)
    assert any(line.startswith("-") and "MONNIFY_CONTRACT_CODE" in line for line in gateways("check"))
    failing("check", "--gateway", "monnify")


def test_a_gateway_that_is_away_an_open_circuit_and_a_token_that_no_door_knows_are_found(ready: None, settings: Any):
    mpesa = settings.GATEWAYS["mpesa"]
    settings.GATEWAYS = settings.GATEWAYS | {"mpesa": mpesa | {"base_url": "http://127.0.0.1:9"}}
    assert "could not be reached" in failing("check", "--gateway", "mpesa")
    assert not GatewayState.objects.exists()
    settings.GATEWAYS = settings.GATEWAYS | {"mpesa": mpesa | {"callback_token": "a-token-that-nobody-has-installed"}}
    assert "not installed" in failing("check", "--gateway", "mpesa")
    for _ in range(OPENS_AFTER):
        note_trouble("stripe", "It answered 500.")
    assert " open " in failing("check", "--gateway", "stripe")


def test_routes_are_listed(transactional_db: None):
    PaymentRoute.objects.filter(method="mpesa").update(is_open=False)
    lines = [line.split() for line in gateways("routes")]
    assert ["mpesa", "KES", "mpesa", "closed"] in lines
    assert ["card", "any", "other", "stripe", "open"] in lines
