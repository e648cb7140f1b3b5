"""M-Pesa's cast: one prompt that waits on Joan's phone, and the samples of what Daraja says about it."""

from pathlib import Path

from django.db import transaction

from core.models import InboundOutcome
from payments.evidence import AmountRule, Evidence, Key
from payments.gateways.mpesa import names
from payments.gateways.outbound import OURS
from payments.models import Payment
from payments.services.settling import settle
from payments.statuses import Status
from tests.cast import decide_all, deliver

SAMPLES = Path(__file__).parent / "samples/mpesa_daraja"
TOKEN = "daraja-callback-token-of-tests"
CHECKOUT, MERCHANT_REQUEST = "ws_CO_14032026101512345708374149", "7619-37765134-1"
AMOUNT = 150_000


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.json").read_bytes()


@transaction.atomic
def prompted(account: str = "student:S004:KES", checkout: str = CHECKOUT, merchant_request: str = MERCHANT_REQUEST) -> Payment:
    """A payment of KES 1,500 whose prompt has been sent: what Daraja's acceptance leaves behind."""
    fact = Evidence(
        gateway="mpesa",
        kind="stk_push",
        keys=(
            Key(OURS, f"pay_{checkout}"),
            names.checkout(checkout),
            names.merchant_request(merchant_request),
            names.prompt(merchant_request, checkout),
        ),
        status=Status.PENDING,
        amount_minor=AMOUNT,
        currency="KES",
        account=account,
        amount_rule=AmountRule.FIXED,
    )
    settle([fact])
    return Payment.objects.get(reference=f"pay_{checkout}")


def told(body: bytes, kind: str = "stk", gateway: str = "mpesa") -> tuple[str, str]:
    """Verdict and reason of one delivery."""
    event = deliver(body, gateway=gateway, kind=kind)[0]
    decide_all()
    outcome = InboundOutcome.objects.get(event_id=event.id)
    return outcome.verdict, outcome.reason
