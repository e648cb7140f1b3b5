"""Where Daraja asks and reports about money that payers send to our till on their own. Told once for a till, for good."""

from django.conf import settings

from payments.gateways.mpesa import names, session
from payments.gateways.mpesa.addresses import callback_url
from payments.gateways.wire import Misconfigured, OutcomeUnknown, Wire

REGISTER = "/mpesa/c2b/v2/registerurl"
ALREADY = "500.003.1001"


def register_tills(wire: Wire) -> bool:
    """Tell Daraja our addresses; without our answer it takes the money. False when they were registered before.

    Raises NotSent, OutcomeUnknown, Misconfigured.
    """
    ours = settings.GATEWAYS[names.NAME]
    wanted = {
        "ShortCode": ours["c2b_shortcode"],
        "ResponseType": "Completed",
        "ConfirmationURL": callback_url("c2b/confirmation"),
        "ValidationURL": callback_url("c2b/validation"),
    }
    answer = session.ask(wire, REGISTER, wanted, hide=("ConfirmationURL", "ValidationURL"))
    code, message = session.error_of(answer)
    if code == ALREADY and "already registered" in message.lower():
        return False
    if 400 <= answer.status < 500:
        raise Misconfigured(f"Daraja refuses our addresses: {code} {message}"[:300])
    if answer.status != 200 or str(answer.json().get("ResponseCode")) != "0":
        raise OutcomeUnknown(f"Daraja answered {answer.status} {code} {message}".strip()[:300])
    return True
