import hashlib
import hmac
from datetime import datetime
from typing import Any

PATH = "/webhooks/upi"


def sign(raw: bytes, secrets: dict[str, Any], at: datetime) -> tuple[str, dict[str, str], bytes]:
    """By the first secret; the event id is the same for the same body, as it is when a delivery comes again."""
    signature = hmac.new(secrets["webhook_secrets"][0].encode(), raw, hashlib.sha256).hexdigest()
    event = hashlib.sha256(raw).hexdigest()[:14]
    headers = {"X-Razorpay-Signature": signature, "x-razorpay-event-id": event, "Content-Type": "application/json"}
    return PATH, headers, raw
