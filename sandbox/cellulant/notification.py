"""A notification as the school's contract with Cellulant spells it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.delivery import Delivery

NOTIFICATION = "/api/v1/payment/notification"
VALIDATION = "/api/v1/validation"
METHODS = ("MPESA", "CARD", "BANK_TRANSFER", "CASH")


@dataclass(frozen=True, slots=True)
class Notification:
    """One report on one payment. `amount_minor` is in cents; the wire says decimal major units."""

    transaction_id: str
    student_id: str
    amount_minor: int
    at: datetime
    method: str = "MPESA"
    status: str = "SUCCESS"

    def payload(self) -> dict[str, Any]:
        return {
            "transactionId": self.transaction_id,
            "studentId": self.student_id,
            "amountPaid": self.amount_minor / 100,
            "paymentMethod": self.method,
            "status": self.status,
            "timestamp": self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }

    def body(self) -> bytes:
        return json.dumps(self.payload(), separators=(",", ":")).encode()


def delivery(body: bytes, token: str) -> Delivery:
    """`body` on its way to the notification endpoint, with the bearer that proves Cellulant."""
    return Delivery(NOTIFICATION, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}, body)
