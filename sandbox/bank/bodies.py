"""What the bank posts: a small body that carries its own signature."""

import hashlib
import hmac
import json
from typing import Any


def signature(body: dict[str, Any], secret: str) -> str:
    """HMAC-SHA256 in hex, over the canonical JSON of everything but the signature."""
    signed = {name: value for name, value in body.items() if name != "signature"}
    return hmac.new(
        secret.encode(), json.dumps(signed, sort_keys=True, separators=(",", ":")).encode(), hashlib.sha256
    ).hexdigest()


def signed(body: dict[str, Any], secret: str) -> bytes:
    return json.dumps(body | {"signature": signature(body, secret)}).encode()


def callback(number: int, bank_reference: str, error: str, secret: str) -> bytes:
    """A success, or a failure for `error`."""
    return signed(
        {
            "transaction_id": number,
            "bank_reference": bank_reference,
            "status": "failed" if error else "success",
            "error_message": error or None,
        },
        secret,
    )
