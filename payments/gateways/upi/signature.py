"""What Razorpay signs: a webhook's raw body with the webhook's secret, and the checkout's return with the key's.

Source: razorpay docs, webhooks/validate-test and payment-gateway/web-integration (razorpay-python utility.py agrees).
"""

import hashlib
import hmac
from collections.abc import Sequence


def is_signed(presented: bytes, raw: bytes, secrets: Sequence[str]) -> bool:
    """Is this the hex HMAC-SHA256 of `raw` by one of the secrets? Retries of old events keep the old secret, so all are tried."""
    found = False
    for secret in secrets:
        found |= hmac.compare_digest(hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest().encode(), presented)
    return found


def is_checkout_return(*, order_id: str, payment_id: str, signature: str, key_secret: str) -> bool:
    """Did the gateway, and not the payer's browser, say that this payment belongs to this order?"""
    signed = f"{order_id}|{payment_id}".encode()
    right = hmac.new(key_secret.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(right.encode(), signature.encode())
