import json
from datetime import datetime
from typing import Any

from sandbox.bank.bodies import signed

PATH = "/webhooks/bank-callback"


def sign(raw: bytes, secrets: dict[str, Any], at: datetime) -> tuple[str, dict[str, str], bytes]:
    """The signature is part of the body, so the body that comes out is another than the one that went in."""
    return PATH, {"Content-Type": "application/json"}, signed(json.loads(raw), secrets["webhook_secrets"][0])
