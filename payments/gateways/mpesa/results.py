"""What Daraja's result codes mean for a payer's prompt. One table: the callback spells them as numbers, the query as texts.

Source: Daraja's result codes for M-Pesa Express, and what client libraries report of the undocumented ones. A code that stands
nowhere here is no failure: what became of the prompt is unknown until the gateway, asked again, says something we know.
"""

import re
from decimal import Decimal
from typing import NamedTuple

from payments.evidence import Unsettleable
from payments.statuses import Status


class Result(NamedTuple):
    """The state that a code stands for, and a stable word for why."""

    status: Status
    reason: str = ""


PAID = "0"
_RESULTS = {
    PAID: Result(Status.SUCCEEDED),
    "1": Result(Status.FAILED, "insufficient_funds"),
    "2": Result(Status.FAILED, "amount_too_small"),
    "3": Result(Status.FAILED, "amount_too_large"),
    "4": Result(Status.FAILED, "daily_limit_exceeded"),
    "8": Result(Status.FAILED, "balance_limit_exceeded"),
    "17": Result(Status.FAILED, "repeated_too_soon"),
    "26": Result(Status.FAILED, "gateway_busy"),
    "1001": Result(Status.FAILED, "subscriber_busy"),
    "1019": Result(Status.EXPIRED, "expired"),
    "1025": Result(Status.FAILED, "prompt_not_sent"),
    "9999": Result(Status.FAILED, "prompt_not_sent"),
    "1032": Result(Status.CANCELLED, "cancelled_by_payer"),
    "1037": Result(Status.FAILED, "customer_unreachable"),
    # In a prompt this is the payer's PIN; in a payout's result the same code blames our own credentials.
    "2001": Result(Status.FAILED, "wrong_pin"),
    "2028": Result(Status.FAILED, "not_permitted"),
    "8006": Result(Status.FAILED, "pin_locked"),
    "SFC_IC0003": Result(Status.FAILED, "operator_unknown"),
    "4999": Result(Status.PENDING, "processing"),
}


def code_of(told: object, field: str = "ResultCode") -> str:
    """A result code as the table spells it. Raises Unsettleable for what is neither a number nor a text."""
    if isinstance(told, str | Decimal | int) and not isinstance(told, bool) and str(told).strip():
        return str(told).strip()[:40]
    raise Unsettleable("bad_result_code", f"{field} is neither a number nor a text.")


def result_of(code: str) -> Result:
    """What a code means; one that nobody knows is unknown, and its reason keeps the code."""
    return _RESULTS.get(code) or Result(Status.UNKNOWN, "result_" + re.sub(r"[^a-z0-9]+", "_", code.lower()))
