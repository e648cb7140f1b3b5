"""What we ask of Tingg: a checkout, how it stands, and to note that we accept the payment once it is settled.

Every call carries a bearer and the API key. HTTP may say 200 while the body reports an error, so the body's code decides.
"""

from collections.abc import Mapping
from datetime import UTC
from typing import Any, NamedTuple
from urllib.parse import quote

from django.conf import settings

from core.money import to_major
from core.phones import InvalidPhone, e164
from payments.errors import GatewayCannot
from payments.evidence import Evidence
from payments.gateways.cellulant import tingg
from payments.gateways.cellulant.school import GATEWAY
from payments.gateways.outbound import Ability, Asked, Reply, answered, without_money
from payments.gateways.tokens import Token, as_logged_in
from payments.gateways.wire import Answer, Misconfigured, NotSent, OutcomeUnknown, Wire
from payments.statuses import Status

_TOKEN = "/v1/oauth/token/request"  # noqa: S105 - a path
_CHECKOUT = "/v3/checkout-api/checkout-request/express-request"
_QUERY = "/v3/checkout-api/query"
_ACKNOWLEDGE = "/v3/checkout-api/acknowledgement/request"
_DONE = (1, 200)
_UNKNOWN_REQUEST = 1001
_REFUSALS = {1007: "refused", 1013: "refused", 1014: "refused", 1015: "refused", 1017: "bad_phone", 1027: "amount_not_taken"}
_COUNTRIES = {"KES": "KEN", "UGX": "UGA", "TZS": "TZA", "NGN": "NGA", "GHS": "GHA", "ZMW": "ZMB", "RWF": "RWA", "ETB": "ETH"}
_METHODS = {"mpesa": "SAFKE"}


class Said(NamedTuple):
    """An answer, opened: Tingg's own code, its words, and what it told."""

    code: int
    words: str
    results: Mapping[str, Any]


class Outbound:
    """Checkouts on a page of Tingg's, where payers pick how to pay."""

    name = GATEWAY
    abilities = frozenset({Ability.QUERY, Ability.QUERY_BY_OUR_REFERENCE, Ability.ACKNOWLEDGE})

    def wire(self) -> Wire:
        return Wire(self.name, settings.GATEWAYS[self.name]["base_url"])

    def charge(self, asked: Asked, wire: Wire) -> Reply:
        """A checkout under our reference; the payer goes to its page. Known references are asked about instead."""
        try:
            wanted = _wanted(asked)
        except _Unfit as unfit:
            return Reply((_about(asked, Status.FAILED, reason=unfit.reason),))
        said = _ask(wire, "POST", _CHECKOUT, wanted)
        if said.code in _DONE:
            link = str(said.results.get("short_url") or said.results.get("long_url") or "")
            return Reply((_about(asked, Status.REQUIRES_ACTION),), {"type": "redirect", "url": link})
        if "duplicate" in said.words.lower() or "exist" in said.words.lower():
            return self.query(asked, wire)
        return Reply((_about(asked, Status.FAILED, reason=_REFUSALS.get(said.code, "refused")),))

    def query(self, asked: Asked, wire: Wire) -> Reply:
        """By our reference. What Tingg does not know it says nothing about."""
        service = settings.GATEWAYS[self.name]["service_code"]
        said = _ask(wire, "GET", f"{_QUERY}/{quote(service, safe='')}/{quote(asked.our_reference, safe='')}")
        return Reply(_read(asked, said.results) if said.code in _DONE else ())

    def acknowledge(self, asked: Asked, wire: Wire) -> Reply:
        """183: we have settled it. Raises NotSent when Tingg does not take it; what it was told before is done already."""
        wanted = {
            "acknowledgement_amount": to_major(asked.amount_minor, asked.currency),
            "acknowledgement_type": "Full",
            "acknowledgement_narration": "Payment accepted",
            "acknowledgment_reference": tingg.receipt_number(asked.key(tingg.CHECKOUT)),
            "merchant_transaction_id": asked.our_reference,
            "service_code": settings.GATEWAYS[self.name]["service_code"],
            "status_code": tingg.ACCEPTED,
            "currency_code": asked.currency,
        }
        said = _ask(wire, "POST", _ACKNOWLEDGE, wanted)
        if said.code in _DONE or "already" in said.words.lower():
            return Reply(())
        raise NotSent(f"Tingg does not take the acknowledgement: {said.code} {said.words}")

    def capture(self, asked: Asked, amount_minor: int, wire: Wire) -> Reply:
        raise GatewayCannot("Tingg takes the money at once.")

    def cancel(self, asked: Asked, wire: Wire) -> Reply:
        raise GatewayCannot("A checkout of Tingg's ends by itself when it is due.")

    def check(self, wire: Wire) -> str:
        fresh = log_in(wire)
        return f"Tingg takes our credentials; the session lasts {fresh.expires_in // 60} minutes."


class _Unfit(Exception):
    """Tingg would not take this request."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def log_in(wire: Wire) -> Token:
    """A fresh token. Raises Misconfigured when the credentials are refused, NotSent for every other trouble."""
    ours = settings.GATEWAYS[GATEWAY]
    wanted = {"client_id": ours["client_id"], "client_secret": ours["client_secret"], "grant_type": "client_credentials"}
    try:
        answer = wire.call("POST", _TOKEN, body=wanted, headers={"apikey": ours["api_key"]}, secret=True)
        if answer.status in {400, 401, 403}:
            raise Misconfigured(f"Tingg refuses the login ({answer.status}).")
        told = answer.json()
    except OutcomeUnknown as lost:  # whatever became of the login, nothing was asked with it
        raise NotSent(f"No login at Tingg: {lost.detail}") from lost
    access, lasts = told.get("access_token"), told.get("expires_in")
    if not isinstance(access, str) or not str(lasts).isdigit():
        raise NotSent(f"No login at Tingg: it answered {answer.status} without a token.")
    return Token(access, int(str(lasts)))


def _ask(wire: Wire, method: str, path: str, body: Mapping[str, Any] | None = None) -> Said:
    """One call with the shared bearer, and once more with a fresh one when it is turned down."""
    ours = settings.GATEWAYS[GATEWAY]

    def call(bearer: str) -> Answer:
        return wire.call(method, path, body=body, headers={"authorization": f"Bearer {bearer}", "apikey": ours["api_key"]})

    answer = as_logged_in(GATEWAY, f"{wire.base_url} {ours['client_id']}", lambda: log_in(wire), call)
    if answer.status == 403:
        raise Misconfigured(f"Tingg refuses our credentials ({answer.status}).")
    if answer.status == 429:
        raise NotSent("Tingg has had too many calls.")
    if answer.status >= 500:
        raise OutcomeUnknown(f"Tingg answered {answer.status}.")
    told = answer.json()
    inner = told.get("status")
    status = inner if isinstance(inner, dict) else told
    code = str(status.get("status_code", ""))
    if not code.isascii() or not code.isdigit() or code == "500":
        raise OutcomeUnknown(f"The answer ({answer.status}) has no code that says what was done: {code[:20]!r}.")
    results = told.get("results")
    return Said(int(code), str(status.get("status_description") or "")[:500], results if isinstance(results, dict) else {})


def _wanted(asked: Asked) -> Mapping[str, Any]:
    ours = settings.GATEWAYS[GATEWAY]
    if asked.currency not in _COUNTRIES:
        raise _Unfit("currency_not_taken")
    first, _, last = (asked.details.get("name") or "Payer").partition(" ")
    back = f"{settings.PUBLIC_URL}/checkout/{asked.our_reference}"
    wanted = {
        "merchant_transaction_id": asked.our_reference,
        "account_number": "".join(letter if letter.isalnum() else "_" for letter in asked.bill_reference)[:15],
        "msisdn": _msisdn(asked.details.get("phone_number") or ours["payer_msisdn"]),
        "country_code": _COUNTRIES[asked.currency],
        "currency_code": asked.currency,
        "request_amount": to_major(asked.amount_minor, asked.currency),
        "due_date": asked.expires_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        "service_code": ours["service_code"],
        "callback_url": f"{settings.PUBLIC_URL}/webhooks/tingg/{ours['callback_token']}",
        "success_redirect_url": back,
        "fail_redirect_url": back,
        "customer_first_name": first,
        "customer_last_name": last or first,
        "request_description": (asked.description or f"Payment {asked.bill_reference}")[:100],
    }
    email = {"customer_email": asked.details["email"]} if asked.details.get("email") else {}
    option = {"payment_option_code": _METHODS[asked.method]} if asked.method in _METHODS else {}
    return wanted | email | option


def _msisdn(text: str) -> str:
    if not text:
        raise _Unfit("phone_needed")
    try:
        return e164(text).lstrip("+")
    except InvalidPhone:
        raise _Unfit("bad_phone") from None


def _about(asked: Asked, status: Status, *, reason: str = "") -> Evidence:
    return without_money(asked, GATEWAY, "express_request", status, reason=reason)


def _read(asked: Asked, results: Mapping[str, Any]) -> tuple[Evidence, ...]:
    return answered(asked, GATEWAY, lambda: tingg.read(results, kind="query", is_claim=False))
