"""Calls to Monnify as somebody who is logged in: Basic for the login, a bearer for about an hour after it.

Every answer is an envelope, `{"requestSuccessful", "responseMessage", "responseCode", "responseBody"}`, whatever the HTTP status.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.conf import settings

from payments.gateways.tokens import Token, as_logged_in
from payments.gateways.wire import Answer, Misconfigured, NotSent, OutcomeUnknown, Wire

GATEWAY = "monnify"
_LOGIN = "/api/v1/auth/login"


class Said(NamedTuple):
    """An envelope, opened. A refusal has no body."""

    successful: bool
    message: str
    body: Mapping[str, Any]


def ask(wire: Wire, method: str, path: str, body: Mapping[str, Any] | None = None) -> Said:
    """Make a call with the shared bearer, and once more with a fresh one when it is turned down.

    Raises NotSent (also when the fresh one is turned down, too), OutcomeUnknown (also for 5xx and for what is no envelope),
    Misconfigured.
    """

    def call(bearer: str) -> Answer:
        return wire.call(method, path, body=body, headers={"authorization": f"Bearer {bearer}"})

    account = f"{wire.base_url} {settings.GATEWAYS[GATEWAY]['api_key']}"
    return _opened(as_logged_in(GATEWAY, account, lambda: log_in(wire), call))


def log_in(wire: Wire) -> Token:
    """A fresh token. Raises Misconfigured when the key or the secret is refused, NotSent for every other trouble."""
    ours = settings.GATEWAYS[GATEWAY]
    secret = ours["secret_keys"][0] if ours["secret_keys"] else ""
    try:
        answer = wire.call("POST", _LOGIN, auth=(ours["api_key"], secret), secret=True)
        said = _opened(answer)
    except OutcomeUnknown as lost:  # whatever became of the login, nothing was asked with it
        raise NotSent(f"No login at {GATEWAY}: {lost.detail}") from lost
    access, lasts = said.body.get("accessToken"), said.body.get("expiresIn")
    if not said.successful or not isinstance(access, str) or not isinstance(lasts, int):
        raise Misconfigured(f"{GATEWAY} refuses the login: {said.message}")
    return Token(access, lasts)


def _opened(answer: Answer) -> Said:
    if answer.status in {401, 403}:
        raise Misconfigured(f"{GATEWAY} refuses our credentials ({answer.status}).")
    if answer.status == 429:
        raise NotSent(f"{GATEWAY} has had too many calls.")
    if answer.status >= 500:
        raise OutcomeUnknown(f"{GATEWAY} answered {answer.status}.")
    envelope = answer.json()
    successful, body = envelope.get("requestSuccessful"), envelope.get("responseBody")
    if not isinstance(successful, bool):
        raise OutcomeUnknown(f"The answer ({answer.status}) is no envelope of {GATEWAY}'s.")
    message = str(envelope.get("responseMessage") or envelope.get("responseCode") or "")[:500]
    return Said(successful and answer.status < 400, message, body if isinstance(body, dict) else {})
