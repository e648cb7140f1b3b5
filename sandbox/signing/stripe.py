import hashlib
import hmac
from datetime import datetime
from typing import Any

PATH = "/webhooks/stripe"


def sign(raw: bytes, secrets: dict[str, Any], at: datetime) -> tuple[str, dict[str, str], bytes]:
    """One v1 for each secret that stands, as while one is being rolled."""
    seconds = int(at.timestamp())
    signed = f"{seconds}.".encode() + raw
    digests = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets["webhook_secrets"]]
    header = ",".join([f"t={seconds}", *(f"v1={digest}" for digest in digests)])
    return PATH, {"Stripe-Signature": header, "Content-Type": "application/json; charset=utf-8"}, raw
