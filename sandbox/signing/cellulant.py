"""Cellulant signs nothing: Tingg's webhook is known by the secret in its path, the school's notification by a bearer."""

import json
from datetime import datetime
from typing import Any

NOTIFICATION = "/api/v1/payment/notification"


def sign(raw: bytes, secrets: dict[str, Any], at: datetime) -> tuple[str, dict[str, str], bytes]:
    """(path, headers, body) of whichever of the two the body is. `at` changes nothing."""
    headers = {"content-type": "application/json"}
    if _is_notification(raw):
        return NOTIFICATION, headers | {"authorization": f"Bearer {secrets.get('bearer_token', '')}"}, raw
    return f"/webhooks/tingg/{secrets['callback_token']}", headers, raw


def _is_notification(raw: bytes) -> bool:
    try:
        body = json.loads(raw)
    except ValueError:
        return False
    return isinstance(body, dict) and "transactionId" in body
