"""Tingg's far side: token, express checkout, query, acknowledgement, and unsigned webhooks to the callback address it was given.

The payer is played by the last three digits of `msisdn` (anything else pays what is asked):

| msisdn ends in | the payer                                                   |
| -------------- | ----------------------------------------------------------- |
| 001            | has too little money (99), and pays with the second attempt |
| 002            | has too little money (99), and lets the request expire (129) |
| 003            | never does anything: 130 until it is due                    |
| 004, 005       | pays half, or half as much again                            |
| 006            | pays in two parts: 177, then 178                            |
| 007            | lets the request expire (129) and pays after that           |

A webhook that is not answered with an acknowledgement comes again; so does nothing once 183 or 180 was said.
"""

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import unquote, urlsplit

from sandbox.far.dial import drawn
from sandbox.far.http import Refused, Reply, Request, Route, route
from sandbox.far.world import Callback, World

NAME = "cellulant"
THINKS = 2.0
"""Seconds that a payer takes, at a pace of 1."""
SESSION = 3600
_WORDS = {
    130: "Request is new",
    99: "Payment failed",
    129: "Request expired with no payment",
    177: "Request partially paid",
    178: "Request fully paid",
    180: "Payment rejected",
    183: "Payment accepted",
}


def routes(world: World) -> Sequence[Route]:
    far = Tingg(world)
    world.teach(NAME, "pay", far.pay)
    return [
        route("POST", "/v1/oauth/token/request", far.log_in),
        route("POST", "/v3/checkout-api/checkout-request/express-request", far.checkout),
        route("GET", "/v3/checkout-api/query/(?P<service>[^/]+)/(?P<ours>[^/]+)", far.query),
        route("POST", "/v3/checkout-api/acknowledgement/request", far.acknowledge),
    ]


class Tingg:
    def __init__(self, world: World) -> None:
        self.world = world
        self.ours = world.secrets[NAME]

    # --- what it is asked ---

    async def log_in(self, request: Request) -> Reply:
        asked = request.json()
        known = (self.ours["client_id"], self.ours["client_secret"], "client_credentials", self.ours["api_key"])
        told = (asked.get("client_id"), asked.get("client_secret"), asked.get("grant_type"), request.headers.get("apikey"))
        if told != known:
            return Reply(401, {"error": "invalid_client"})
        number = self.world.count(NAME, "login")
        text = f"far.{drawn(self.world.seed, NAME, 'token', number).getrandbits(64):016x}"
        self.world.put(NAME, "session", text, {"until": time.time() + SESSION})
        return Reply(200, {"token_type": "bearer", "access_token": text, "expires_in": SESSION})

    async def checkout(self, request: Request) -> Reply:
        self._authorize(request)
        asked = _exact(request.raw)
        ours, account = str(asked["merchant_transaction_id"]), str(asked["account_number"])
        self.world.count(NAME, "checkout", ours)
        if asked["service_code"] != self.ours["service_code"]:
            return _said(1007, "Service code not found")
        if not account.replace("_", "").isalnum() or len(account) > 15:
            return _said(1014, "Invalid account number")
        if not str(asked["msisdn"]).isdigit() or not 10 <= len(str(asked["msisdn"])) <= 15:
            return _said(1017, "Invalid MSISDN")
        if asked["request_amount"] <= 0:
            return _said(1027, "Invalid amount")
        if self.world.get(NAME, "request", ours):
            return _said(1015, "Duplicate merchant transaction id")
        number = drawn(self.world.seed, NAME, ours).randrange(10**8, 10**9)
        known = {
            "checkout_request_id": number,
            "merchant_transaction_id": ours,
            "amount": str(asked["request_amount"]),
            "currency": asked["currency_code"],
            "account_number": account,
            "msisdn": str(asked["msisdn"]),
            "country": str(asked["country_code"])[:2],
            "callback": urlsplit(asked["callback_url"]).path,
            "date": _now(),
            "code": 130,
            "payments": [],
            "failed": [],
        }
        self.world.put(NAME, "request", ours, known)
        self.world.later(THINKS, NAME, "pay", {"ours": ours, "step": 1})
        link = f"https://online.tingg.africa/checkout/{number}"
        return _said(200, "Request was successfully created", {"short_url": link, "long_url": f"{link}?from=far"})

    async def query(self, request: Request) -> Reply:
        self._authorize(request)
        known = self.world.get(NAME, "request", unquote(request.named["ours"]))
        if known is None or request.named["service"] != self.ours["service_code"]:
            return _said(1001, "Request not found")
        return _said(200, "success", self._spelled(known, int(known["code"])))

    async def acknowledge(self, request: Request) -> Reply:
        self._authorize(request)
        asked = _exact(request.raw)
        ours = str(asked["merchant_transaction_id"])
        known = self.world.get(NAME, "request", ours)
        if known is None:
            return _said(1001, "Request not found")
        self.world.count(NAME, "acknowledge", ours)
        if known["code"] in {180, 183}:
            return _said(1007, "Request is already acknowledged")
        if known["code"] != 178 or str(asked["status_code"]) not in {"180", "183"}:
            return _said(1007, "Request is not fully paid")
        self.world.put(NAME, "request", ours, known | {"code": int(asked["status_code"])})
        return _said(200, "Acknowledgement received")

    # --- what payers do ---

    async def pay(self, task: dict[str, Any]) -> None:
        known = self.world.get(NAME, "request", task["ours"])
        if known is None:
            return
        who, asked, step = known["msisdn"][-3:], Decimal(known["amount"]), task["step"]
        half = (asked / 2).quantize(Decimal("0.01"))
        match who, step:
            case "001" | "002", 1:
                self._failed(known, asked)
                self.world.later(THINKS, NAME, "pay", task | {"step": 2})
            case ("002", 2) | ("007", 1):
                self._moved(known, 129)
                if who == "007":
                    self.world.later(THINKS, NAME, "pay", task | {"step": 2})
            case "003", _:
                return
            case "004", _:
                self._paid(known, half, 177)
            case "005", _:
                self._paid(known, asked + half, 178)
            case "006", 1:
                self._paid(known, half, 177)
                self.world.later(THINKS, NAME, "pay", task | {"step": 2})
            case "006", _:
                self._paid(known, asked - half, 178)
            case _:
                self._paid(known, asked, 178)

    def _paid(self, known: dict[str, Any], amount: Decimal, code: int) -> None:
        ours = known["merchant_transaction_id"]
        row = self._row(known, amount, len(known["payments"]) + len(known["failed"]), "SUCCESS")
        known["payments"].append(row)
        minor = int(amount * 100)
        self.world.note_paid(NAME, row["cpg_transaction_id"], ours=ours, amount_minor=minor, currency=known["currency"])
        self._moved(known, code)

    def _failed(self, known: dict[str, Any], amount: Decimal) -> None:
        number = len(known["payments"]) + len(known["failed"])
        known["failed"].append(self._row(known, amount, number, "FAILED"))
        self._moved(known, 99)

    def _moved(self, known: dict[str, Any], code: int) -> None:
        ours = known["merchant_transaction_id"]
        known["code"] = code
        self.world.put(NAME, "request", ours, known)
        told = self._spelled(known, code)
        name = f"{ours} {code}"
        if told["payments"] and self.world.lies_about_amount(name):
            told["payments"][-1]["amount_paid"] += 1
        self.world.tell(Callback(f"{NAME} {name}", known["callback"], json.dumps(told).encode(), is_taken=_is_acknowledged))

    # --- the rest ---

    def _authorize(self, request: Request) -> None:
        session = self.world.get(NAME, "session", request.headers.get("authorization", "").removeprefix("Bearer "))
        if session is None or session["until"] < time.time() or request.headers.get("apikey") != self.ours["api_key"]:
            raise Refused(Reply(401, {"error": "unauthorized"}))

    def _row(self, known: dict[str, Any], amount: Decimal, number: int, status: str) -> dict[str, Any]:
        chance = drawn(self.world.seed, NAME, known["merchant_transaction_id"], number)
        return {
            "customer_name": "Customer",
            "account_number": known["account_number"],
            "cpg_transaction_id": str(chance.randrange(10**11, 10**12)),
            "currency_code": known["currency"],
            "payer_client_code": "SAFKE",
            "payer_client_name": "Safaricom",
            "amount_paid": _number(amount),
            "service_code": self.ours["service_code"],
            "date_payment_received": _now(),
            "msisdn": known["msisdn"],
            "payer_transaction_id": f"U{chance.getrandbits(40):010X}",
            "hub_overall_status": 139 if status == "SUCCESS" else 141,
            "payer_narration": "Payment received" if status == "SUCCESS" else "Insufficient funds",
            "payment_mode": "MOBILE_MONEY",
            "payment_status": status,
        }

    def _spelled(self, known: dict[str, Any], code: int) -> dict[str, Any]:
        amount = _number(Decimal(known["amount"]))
        return {
            "checkout_request_id": known["checkout_request_id"],
            "merchant_transaction_id": known["merchant_transaction_id"],
            "request_amount": amount,
            "original_request_amount": amount,
            "request_currency_code": known["currency"],
            "original_request_currency_code": known["currency"],
            "account_number": known["account_number"],
            "currency_code": known["currency"],
            "amount_paid": sum(row["amount_paid"] for row in known["payments"]),
            "service_charge_amount": 0,
            "request_date": known["date"],
            "service_code": self.ours["service_code"],
            "request_status_code": str(code),
            "request_status_description": _WORDS[code],
            "msisdn": known["msisdn"],
            "payments": [dict(row) for row in known["payments"]],
            "failed_payments": known["failed"],
            "extra_data": "",
            "country_abbrv": known["country"],
        }


def _is_acknowledged(status: int, body: bytes) -> bool:
    """A bare 200 is none: the reply's body says 183, 180 or 188."""
    try:
        told = json.loads(body)
    except ValueError:
        return False
    return status == 200 and isinstance(told, dict) and str(told.get("status_code")) in {"183", "180", "188"}


def _said(code: int, words: str, results: dict[str, Any] | None = None) -> Reply:
    """HTTP says 200, whatever is the matter."""
    return Reply(200, {"status": {"status_code": code, "status_description": words}, "results": results or {}})


def _number(amount: Decimal) -> int | float:
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _exact(raw: bytes) -> dict[str, Any]:
    read = json.loads(raw, parse_float=Decimal, parse_int=Decimal)
    if not isinstance(read, dict):
        raise Refused(_said(1013, "The request is not JSON"))
    return read


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
