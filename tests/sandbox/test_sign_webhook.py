"""`manage.py sign_webhook` for every gateway: what it prints is a request that the gateway's own door lets in."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from access import gateway_tokens
from access.services.gateway_tokens import install_token
from payments.gateways.base import Delivery
from payments.gateways.registry import GATEWAYS
from sandbox.management.commands.sign_webhook import SIGNERS
from tests.cast import TOKEN
from webhooks.doors import door_at

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parent.parent / "gateways/samples"
BODIES = {
    "bank": SAMPLES / "bank_callback/edge_missing_signature.json",
    "cellulant": SAMPLES / "tingg_cellulant/mock_notification_success.json",
    "mpesa": SAMPLES / "mpesa_daraja/stk_success.json",
    "stripe": SAMPLES / "stripe/payment_intent.succeeded.json",
    "upi": SAMPLES / "upi_razorpay/payment.captured_upi.json",
    "monnify": SAMPLES / "monnify/successful_transaction_card.json",
}


def signed(gateway: str, file: Path, body: Path) -> tuple[str, dict[bytes, bytes], bytes]:
    """Path, headers and body as a server would read them off what it says."""
    out = StringIO()
    call_command("sign_webhook", str(file), "--gateway", gateway, "--body", str(body), stdout=out)
    first, *rest = out.getvalue().splitlines()
    headers = dict(line.split(": ", 1) for line in rest)
    return (
        first.removeprefix("POST "),
        {name.lower().encode(): value.encode() for name, value in headers.items()},
        body.read_bytes(),
    )


@pytest.mark.parametrize("gateway", sorted(SIGNERS))
def test_what_it_says_is_let_in(gateway: str, tmp_path: Path):
    install_token(gateway="cellulant", kind="bearer", token=TOKEN)
    install_token(gateway="mpesa", kind="path", token="daraja-callback-token-of-tests")
    path, headers, body = signed(gateway, BODIES[gateway], tmp_path / "body")
    door = door_at(path)
    assert door is not None, path
    assert door.gateway == gateway
    known = gateway_tokens.load()
    assert GATEWAYS[gateway].authenticate(Delivery(door.kind, headers, door.token, body, known)) is True
    if gateway == "bank":
        assert json.loads(body)["signature"]


def test_what_can_not_be_signed_is_told(tmp_path: Path):
    nonsense = tmp_path / "nonsense"
    nonsense.write_bytes(b"hello")
    with pytest.raises(CommandError):
        call_command("sign_webhook", str(nonsense), "--gateway", "bank", stdout=StringIO())
