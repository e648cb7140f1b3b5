"""Calls to Daraja as somebody who is logged in: Basic for the log-in, a bearer for an hour after it.

A new token ends the one before it, so all workers share one. Which code says that a token is no good differs by product.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.conf import settings

from payments.gateways.mpesa.names import NAME
from payments.gateways.tokens import Token, as_logged_in
from payments.gateways.wire import Answer, Misconfigured, NotSent, OutcomeUnknown, Wire

_LOGIN = "/oauth/v1/generate?grant_type=client_credentials"
_BAD_TOKEN = {"404.001.03", "401.002.01", "401.003.01", "400.003.01"}


def ask(wire: Wire, path: str, body: Mapping[str, Any], *, hide: Collection[str] = ()) -> Answer:
    """POST with the shared bearer, and once more with a fresh one when it is turned down: then nothing has been done yet.

    Raises NotSent (also when the fresh one is turned down, too), OutcomeUnknown, and what `log_in` raises.
    """

    def post(bearer: str) -> Answer:
        return wire.call("POST", path, body=body, headers={"authorization": f"Bearer {bearer}"}, hide=hide)

    account = f"{wire.base_url} {settings.GATEWAYS[NAME]['consumer_key']}"
    return as_logged_in(NAME, account, lambda: log_in(wire), post, is_turned_down=_is_turned_down)


def log_in(wire: Wire) -> Token:
    """A fresh token. Raises Misconfigured when key or secret are refused, NotSent for every other trouble: nothing was asked."""
    ours = settings.GATEWAYS[NAME]
    try:
        answer = wire.call("GET", _LOGIN, auth=(ours["consumer_key"], ours["consumer_secret"]), secret=True)
        if answer.status in {400, 401, 403}:  # with bad credentials the live host says 400, and nothing else
            raise Misconfigured(f"Daraja refuses the consumer key or its secret ({answer.status}).")
        if answer.status != 200:
            raise NotSent(f"Daraja gives out no token ({answer.status}).")
        said = answer.json()
    except OutcomeUnknown as lost:
        raise NotSent(f"Daraja gives out no token: {lost.detail}") from lost
    # The old documents show a text, the new ones a number.
    access, lasts = said.get("access_token"), str(said.get("expires_in"))
    if not isinstance(access, str) or not access or not lasts.isdigit():
        raise NotSent("Daraja's log-in answers without a token.")
    return Token(access, int(lasts))


def error_of(answer: Answer) -> tuple[str, str]:
    """Code and message of Daraja's error envelope, ("", "") for anything else."""
    try:
        said = answer.json()
    except OutcomeUnknown:
        return "", ""
    return str(said.get("errorCode") or ""), str(said.get("errorMessage") or "")


def _is_turned_down(answer: Answer) -> bool:
    return answer.status == 401 or (answer.status >= 400 and error_of(answer)[0] in _BAD_TOKEN)
