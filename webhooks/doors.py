"""Which paths are doors of the intake, and whose. Everything else is Django's."""

import re
from typing import NamedTuple


class Door(NamedTuple):
    """One way in: the gateway, which of its doors, and the secret part of the path (\"\" where the path holds none)."""

    gateway: str
    kind: str
    token: str = ""


_EXACT = {
    "/api/v1/payment/notification": Door("cellulant", "notification"),
    "/webhooks/bank-callback": Door("bank", "callback"),
    "/webhooks/monnify": Door("monnify", "webhook"),
    "/payments/monnify/webhook": Door("monnify", "webhook"),
    "/webhooks/stripe": Door("stripe", "event"),
    "/webhooks/upi": Door("upi", "event"),
}

_UNDER_A_TOKEN = {
    # Daraja refuses callback addresses with "mpesa" in them; the second spelling is for those who were told that one.
    "daraja": {
        "stk": Door("mpesa", "stk"),
        "c2b/confirmation": Door("mpesa", "c2b_confirmation"),
        "b2c/result": Door("mpesa", "b2c_result"),
        "b2c/timeout": Door("mpesa", "b2c_timeout"),
        "reversal/result": Door("mpesa", "reversal_result"),
        "reversal/timeout": Door("mpesa", "reversal_timeout"),
        "status/result": Door("mpesa", "status_result"),
        "status/timeout": Door("mpesa", "status_timeout"),
    },
    "mpesa": {"": Door("mpesa", "stk")},
    "tingg": {"": Door("cellulant", "tingg")},
}
"""`/webhooks/<name>/<secret token>/<rest>`: name → rest → door, the token still to be filled in."""

_PROMPT = re.compile("stk/(?P<payment>[0-9a-f]{32})/(?P<proof>[0-9a-f]{32})", re.ASCII)
"""Each prompt of Daraja's has a door of its own; its kind names the payment, and its proof is a part of the secret."""


def door_at(path: str) -> Door | None:
    """The door behind a path, or None."""
    return _EXACT.get(path) or (_door_under_a_token(path) if path.startswith("/webhooks/") else None)


def _door_under_a_token(path: str) -> Door | None:
    name, _, below = path.removeprefix("/webhooks/").partition("/")
    token, _, rest = below.partition("/")
    door = _UNDER_A_TOKEN.get(name, {}).get(rest)
    if door is None and name == "daraja" and (prompt := _PROMPT.fullmatch(rest)):
        door, token = Door("mpesa", f"stk/{prompt['payment']}"), token and f"{token}/{prompt['proof']}"
    return door._replace(token=token) if door and token else None
