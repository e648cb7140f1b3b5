"""Daraja's errors, sorted by the one question that matters: may the prompt have been sent?

Source: the error codes of Daraja's documents, and what its users report of 500.001.1001, one code for an overloaded host, wrong
credentials, a phone that is busy, and a transaction that is still being processed: there the message decides.
"""

from payments.gateways.mpesa.session import error_of
from payments.gateways.wire import Answer, Misconfigured, NotSent

INVALID_FIELD = "400.002.02"
MANY_THINGS = "500.001.1001"
_BEFORE_LOOKING = {"500.003.02", "500.003.03"}  # spike arrest, quota: the only ones that may be sent again
_OUR_FAULT = {"404.001.01", "405.001"}  # no such resource, no such method
_FIELDS = (("phone", "invalid_phone_number"), ("party", "invalid_phone_number"), ("amount", "invalid_amount"))


def of_prompt(answer: Answer) -> str:
    """Why the prompt was certainly not sent and never will be, as a stable word; "" where that is not so.

    Raises NotSent where it may be sent again, Misconfigured where somebody has to mend our settings first.
    """
    code, message = _sorted(answer)
    if code == INVALID_FIELD:
        if "callback" in message or "shortcode" in message:
            raise Misconfigured(f"Daraja refuses our settings: {message[:200]}")
        return next((reason for word, reason in _FIELDS if word in message), "invalid_request")
    return "subscriber_busy" if code == MANY_THINGS and "lock subscriber" in message else ""


def is_still_processing(answer: Answer) -> bool:
    """Does a query's answer say that nothing is decided yet? Raises as `of_prompt` does."""
    code, _ = _sorted(answer)
    return code == MANY_THINGS


def is_no_question(answer: Answer) -> bool:
    """Does Daraja know nothing of the prompt that it was asked about?"""
    return error_of(answer)[0] == INVALID_FIELD


def _sorted(answer: Answer) -> tuple[str, str]:
    """Code and lower-case message of an error that somebody has to read."""
    if answer.status == 200:
        return "", ""
    code, message = error_of(answer)
    message = message.lower()
    if answer.status == 429 or code in _BEFORE_LOOKING:
        raise NotSent(f"Daraja has had too many calls ({code or answer.status}).")
    if code in _OUR_FAULT:
        raise Misconfigured(f"Daraja knows no such call ({code}).")
    if code == MANY_THINGS and ("wrong credentials" in message or "merchant does not exist" in message):
        raise Misconfigured("Daraja refuses our shortcode or its passkey.")
    return code, message
