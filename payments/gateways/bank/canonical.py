"""How the bank signs: an HMAC over the JSON of everything in the body but the signature itself.

Canonical is what Python's `json.dumps(sort_keys=True, separators=(",", ":"))` writes of the parsed body, non-ASCII as
`\\uXXXX`; so fields that nobody knows are signed too, `1` differs from `1.0`, and an absent field from a null one.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any

SIGNATURE = "signature"


def canonical(body: Mapping[str, Any]) -> bytes:
    """The bytes that are signed. `body` is parsed as Python's `json` parses it: whole numbers int, others float."""
    signed = {name: value for name, value in body.items() if name != SIGNATURE}
    return json.dumps(signed, sort_keys=True, separators=(",", ":")).encode()


def sign(body: Mapping[str, Any], secret: str) -> str:
    """HMAC-SHA256 in lower-case hex."""
    return hmac.new(secret.encode(), canonical(body), hashlib.sha256).hexdigest()


def is_signed(body: Mapping[str, Any], secrets: Iterable[str]) -> bool:
    """Does one of the secrets make this signature? All are tried, each in constant time."""
    presented = str(body.get(SIGNATURE, "")).encode("utf-8", "replace")
    matches = [hmac.compare_digest(sign(body, secret).encode(), presented) for secret in secrets if secret]
    return any(matches)
