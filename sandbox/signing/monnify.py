"""How Monnify signs: HMAC-SHA512 of the raw body under the client's secret, in lower-case hex."""

import hmac
from datetime import datetime
from typing import Any

PATH = "/webhooks/monnify"
HEADER = "monnify-signature"


def sign(raw: bytes, secrets: dict[str, Any], at: datetime) -> tuple[str, dict[str, str], bytes]:
    """(path, headers, body) of a webhook. Monnify signs no time, so `at` changes nothing."""
    return PATH, {"content-type": "application/json", HEADER: signature(raw, secrets["secret_keys"][0])}, raw


def signature(raw: bytes, secret: str) -> str:
    return hmac.digest(secret.encode(), raw, "sha512").hex()
