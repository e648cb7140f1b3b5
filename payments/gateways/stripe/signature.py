"""Stripe's signature, by hand: the door takes thousands of bodies a second and needs no SDK for an HMAC.

`Stripe-Signature: t=<unix>,v1=<hex>[,v1=…]`: HMAC-SHA256 over `<t>.<raw body>`, the key is the whole `whsec_…` text. Any v1 may
match, v0 counts for nothing. Unlike the SDK, a time in the future is as wrong as one in the past: who may write any time could
otherwise keep a stolen body for later.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence

TOLERANCE_SECONDS = 300
_TIME = re.compile(rb"[0-9]{1,12}")
_LONGEST = 4096


def is_signed(header: bytes, raw: bytes, secrets: Sequence[str], at: float) -> bool:
    """Was `raw` signed with one of the secrets within TOLERANCE_SECONDS of `at`? Every pair is compared, in constant time."""
    if len(header) > _LONGEST:
        return False
    pairs = [part.strip().partition(b"=")[::2] for part in header.split(b",")]
    times = [value for name, value in pairs if name == b"t"]
    presented = [value for name, value in pairs if name == b"v1"]
    if len(times) != 1 or not _TIME.fullmatch(times[0]) or abs(at - int(times[0])) > TOLERANCE_SECONDS:
        return False
    found = False
    for secret in secrets:
        right = hmac.new(secret.encode(), times[0] + b"." + raw, hashlib.sha256).hexdigest().encode()
        for signature in presented:
            found |= hmac.compare_digest(right, signature)
    return found
