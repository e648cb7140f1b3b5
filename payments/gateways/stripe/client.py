"""The official SDK on our terms: this gateway's address, short timeouts, few retries, and a record of what was said.

The SDK repeats what failed with the same idempotency key. Whether a failure may hide something done is judged over all tries
of a call, not by the last: `in_doubt` stays set once a request has gone out and come to no clear end.
"""

import atexit
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import requests
import stripe
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError, NewConnectionError

from payments.errors import Misconfigured, NotSent, OutcomeUnknown
from payments.gateways.stripe.intents import GATEWAY
from payments.gateways.wire import CONNECT_SECONDS, HIDDEN, MAX_ANSWER, Exchange, Wire

RETRIES = 2
ANSWER_SECONDS = 10.0
"""For each of the tries: with them and the pauses between, a call is over before its worker is given up for dead."""
_SECRET = re.compile(rb'("client_secret"\s*:\s*)"[^"]*"')
stripe.enable_telemetry = False
logging.getLogger("stripe").setLevel(logging.WARNING)  # it tells of every request at INFO; the attempt's row knows more


class Line(stripe.RequestsClient):
    """The SDK's HTTP client, listening in for the attempt's record."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(timeout=(CONNECT_SECONDS, wire.answer_seconds), session=session(wire.base_url))
        self._wire = wire
        self.in_doubt = False

    def request(  # type: ignore[override]  # the SDK types its base for text and answers in bytes, as every client of its own
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        said = post_data.encode() if isinstance(post_data, str) else bytes(post_data or b"")
        try:
            body, status, answered = super().request(method, url, headers, post_data)
        except stripe.APIConnectionError as lost:
            self.in_doubt |= not _never_left(lost.__cause__)
            self._wire.exchanges.append(Exchange(method.upper(), url, said, 0, type(lost.__cause__).__name__.encode()))
            raise
        self.in_doubt |= status >= 500
        heard = _SECRET.sub(_hidden, body[:MAX_ANSWER])
        self._wire.exchanges.append(Exchange(method.upper(), url, said, status, heard))
        return body, status, answered

    @contextmanager
    def sorted(self) -> Iterator[None]:
        """Failures by the one question that matters: may it have been done? CardError and InvalidRequestError are answers, and
        pass; so does IdempotencyError, which only a mistake of ours can bring about.
        """
        try:
            yield
        except (stripe.CardError, stripe.InvalidRequestError, stripe.IdempotencyError):
            raise
        except (stripe.AuthenticationError, stripe.PermissionError) as refused:
            raise Misconfigured(f"Stripe refuses our key ({refused.http_status}).") from refused
        except stripe.APIConnectionError as lost:
            if self.in_doubt:
                raise OutcomeUnknown("Stripe did not answer in time.") from lost
            raise NotSent("Stripe could not be reached.") from lost
        except stripe.StripeError as trouble:
            certain = isinstance(trouble, stripe.RateLimitError) or (
                trouble.error is not None and trouble.error.code == "lock_timeout"
            )
            if certain and not self.in_doubt:
                raise NotSent(f"Stripe can't take it now ({trouble.http_status}).") from trouble
            raise OutcomeUnknown(f"Stripe answered {trouble.http_status} and nothing that can be read.") from trouble
        except (AttributeError, KeyError, TypeError) as stumbled:
            if not self.in_doubt:
                raise
            # The SDK itself stumbles over a 5xx whose JSON is not Stripe's.
            raise OutcomeUnknown("Stripe answered nothing that can be read.") from stumbled


def connect(wire: Wire) -> tuple[stripe.StripeClient, Line]:
    """A client for the calls of one attempt, and its line."""
    line = Line(wire)
    client = stripe.StripeClient(
        settings.GATEWAYS[GATEWAY]["secret_key"],
        base_addresses={"api": wire.base_url},
        max_network_retries=RETRIES,
        http_client=line,
    )
    return client, line


def _hidden(found: re.Match[bytes]) -> bytes:
    return found[1] + f'"{HIDDEN}"'.encode()


def _never_left(cause: BaseException | None) -> bool:
    """Did no connection come about? Then nothing can have been done."""
    if isinstance(cause, requests.exceptions.ConnectTimeout):
        return True
    inner = cause.args[0] if isinstance(cause, requests.exceptions.ConnectionError) and cause.args else None
    return isinstance(inner, MaxRetryError) and isinstance(inner.reason, NewConnectionError)


@cache
def session(base_url: str) -> requests.Session:
    """The connections of this process, kept alive between calls; redirects and the environment's proxies play no part."""
    made = requests.Session()
    made.trust_env = False
    made.max_redirects = 0
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=32)
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    atexit.register(made.close)
    return made
