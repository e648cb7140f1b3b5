"""Monnify's far side: login, checkouts, status by either reference, reserved accounts, and signed webhooks.

The payer is played by what comes before the @ of `customerEmail` (anything else pays what is asked):

| address      | the payer                                                        |
| ------------ | ---------------------------------------------------------------- |
| declined@    | tries a card that is declined: FAILED                            |
| cancels@     | presses cancel: CANCELLED                                        |
| abandons@    | leaves the page: ABANDONED                                       |
| expires@     | lets the forty minutes pass: EXPIRED                             |
| silent@      | never does anything: PENDING for ever                            |
| part@, over@ | transfers half, or half as much again                            |
| under@       | transfers too little to an account that takes no such amount: REJECTED_PAYMENT, then nothing |
| late@        | pays after the checkout has expired                              |

`POST /transfers {accountReference, amount}` is somebody transferring to a reserved account, `POST /transfers/known` what the
simulator tells of by webhooks of its own; Monnify itself has no such calls.
"""

import base64
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

from sandbox.far import monnify_spelling as spell
from sandbox.far.dial import drawn
from sandbox.far.http import Refused, Reply, Request, Route, route
from sandbox.far.world import Callback, World
from sandbox.signing import monnify as signing

NAME = "monnify"
THINKS = 2.0
"""Seconds that a payer takes, at a pace of 1."""
SESSION = 3567
LEAST = Decimal(20)
_ENDS = {"declined": "FAILED", "cancels": "CANCELLED", "abandons": "ABANDONED", "expires": "EXPIRED"}


def routes(world: World) -> Sequence[Route]:
    far = Monnify(world)
    world.teach(NAME, "pay", far.pay)
    world.teach(NAME, "pay late", far.pay_late)
    return [
        route("POST", "/api/v1/auth/login", far.log_in),
        route("POST", "/api/v1/merchant/transactions/init-transaction", far.init),
        route("GET", "/api/v2/transactions/(?P<reference>[^/]+)", far.by_theirs),
        route("GET", "/api/v2/merchant/transactions/query", far.by_either),
        route("POST", "/api/v2/bank-transfer/reserved-accounts", far.reserve),
        route("GET", "/api/v2/bank-transfer/reserved-accounts/(?P<reference>[^/]+)", far.reserved),
        route("POST", "/transfers", far.transfer),
        route("POST", "/transfers/known", far.know),
    ]


class Monnify:
    def __init__(self, world: World) -> None:
        self.world = world
        self.ours = world.secrets[NAME]

    # --- what it is asked ---

    async def log_in(self, request: Request) -> Reply:
        known = base64.b64encode(f"{self.ours['api_key']}:{self.ours['secret_keys'][0]}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {known}":
            return spell.refusal(401, "Invalid credentials")
        number = self.world.count(NAME, "login")
        text = f"far.{drawn(self.world.seed, NAME, 'token', number).getrandbits(64):016x}"
        self.world.put(NAME, "session", text, {"until": time.time() + SESSION})
        return spell.answer({"accessToken": text, "expiresIn": SESSION})

    async def init(self, request: Request) -> Reply:
        self._authorize(request)
        asked = spell.exact(request.raw)
        ours = str(asked["paymentReference"])
        self.world.count(NAME, "init", ours)
        if asked["contractCode"] != self.ours["contract_code"]:
            return spell.refusal(422, "Contract code is invalid")
        if asked["currencyCode"] != "NGN":
            return spell.refusal(422, "Currency is not supported")
        if asked["amount"] < LEAST:
            return spell.refusal(422, "Amount is below the minimum")
        if "@" not in asked["customerEmail"] or len(asked["paymentDescription"]) < 3:
            return spell.refusal(422, "customerEmail must be an email, paymentDescription 3 letters at least")
        if self.world.get(NAME, "ours", ours):
            return spell.refusal(422, "Duplicate payment reference")
        theirs = self._reference(ours, "20")
        self.world.put(NAME, "ours", ours, {"theirs": theirs})
        checkout = {
            "transactionReference": theirs,
            "paymentReference": ours,
            "amount": str(asked["amount"]),
            "paid": "0.00",
            "status": "PENDING",
            "paidOn": None,
            "method": (asked.get("paymentMethods") or ["ACCOUNT_TRANSFER"])[0],
            "description": asked["paymentDescription"],
            "customer": {"name": asked["customerName"], "email": asked["customerEmail"]},
            "product": {"reference": ours, "type": "WEB_SDK"},
        }
        self.world.put(NAME, "transaction", theirs, checkout)
        self.world.later(THINKS, NAME, "pay", {"theirs": theirs})
        return spell.answer(
            {
                "transactionReference": theirs,
                "paymentReference": ours,
                "merchantName": "Far side",
                "apiKey": self.ours["api_key"],
                "redirectUrl": asked.get("redirectUrl"),
                "enabledPaymentMethod": asked.get("paymentMethods") or ["ACCOUNT_TRANSFER", "CARD"],
                "checkoutUrl": f"https://sandbox.sdk.monnify.com/checkout/{theirs}",
            }
        )

    async def by_theirs(self, request: Request) -> Reply:
        self._authorize(request)
        return self._status(unquote(request.named["reference"]))

    async def by_either(self, request: Request) -> Reply:
        self._authorize(request)
        known = self.world.get(NAME, "ours", request.query.get("paymentReference", ""))
        return self._status(known["theirs"] if known else request.query.get("transactionReference", ""))

    async def reserve(self, request: Request) -> Reply:
        self._authorize(request)
        asked = request.json()
        reference = asked["accountReference"]
        if self.world.get(NAME, "reserved", reference):
            return spell.refusal(422, "You can not reserve two accounts with the same reference")
        number = f"60{drawn(self.world.seed, NAME, 'account', reference).randrange(10**8):08}"
        bank = {"bankCode": "232", "bankName": "Sterling bank", "accountNumber": number, "accountName": asked["accountName"]}
        held = {
            "accountReference": reference,
            "accountName": asked["accountName"],
            "currencyCode": asked["currencyCode"],
            "customerEmail": asked["customerEmail"],
            "customerName": asked["customerName"],
            "accounts": [bank],
            "status": "ACTIVE",
        }
        self.world.put(NAME, "reserved", reference, held)
        return spell.answer(held)

    async def reserved(self, request: Request) -> Reply:
        self._authorize(request)
        held = self.world.get(NAME, "reserved", unquote(request.named["reference"]))
        return spell.answer(held) if held else spell.refusal(404, "Cannot find reserved account")

    async def transfer(self, request: Request) -> Reply:
        asked = spell.exact(request.raw)
        held = self.world.get(NAME, "reserved", asked["accountReference"])
        if held is None:
            return spell.refusal(404, "Cannot find reserved account")
        number = self.world.count(NAME, "transfer", asked["accountReference"])
        theirs = self._reference(f"{asked['accountReference']} {number}", "76")
        amount = Decimal(asked["amount"])
        came = {
            "transactionReference": theirs,
            "paymentReference": theirs,
            "amount": str(amount),
            "method": "ACCOUNT_TRANSFER",
            "description": "Transfer",
            "customer": {"name": held["customerName"], "email": held["customerEmail"]},
            "product": {"reference": asked["accountReference"], "type": "RESERVED_ACCOUNT"},
        }
        self._paid(came, amount, "PAID")
        return spell.answer({"transactionReference": theirs})

    async def know(self, request: Request) -> Reply:
        for came in request.json()["transfers"]:
            theirs = came["transactionReference"]
            self.world.put(NAME, "transaction", theirs, came)
            self.world.note_paid(NAME, theirs, ours=theirs, amount_minor=came["paid_minor"], currency="NGN")
        return spell.answer({})

    # --- what payers do ---

    async def pay(self, task: dict[str, Any]) -> None:
        checkout = self.world.get(NAME, "transaction", task["theirs"])
        if checkout is None or checkout["status"] != "PENDING":
            return
        who = checkout["customer"]["email"].partition("@")[0]
        asked = Decimal(checkout["amount"])
        if who == "silent":
            return
        if who in _ENDS:
            self.world.put(NAME, "transaction", task["theirs"], checkout | {"status": _ENDS[who]})
        elif who == "late":
            self.world.put(NAME, "transaction", task["theirs"], checkout | {"status": "EXPIRED"})
            self.world.later(THINKS, NAME, "pay late", task)
        elif who == "under":
            self._rejected(checkout, asked)
        elif who == "part":
            self._paid(checkout, (asked / 2).quantize(Decimal("0.01")), "PARTIALLY_PAID")
        elif who == "over":
            self._paid(checkout, (asked * 3 / 2).quantize(Decimal("0.01")), "OVERPAID")
        else:
            self._paid(checkout, asked, "PAID")

    async def pay_late(self, task: dict[str, Any]) -> None:
        checkout = self.world.get(NAME, "transaction", task["theirs"])
        if checkout is not None:
            self._paid(checkout, Decimal(checkout["amount"]), "PAID")

    def _paid(self, checkout: dict[str, Any], amount: Decimal, status: str) -> None:
        theirs = checkout["transactionReference"]
        paid_on = f"{spell.lagos():%Y-%m-%d %H:%M:%S.%f}"[:-3]
        checkout |= {"status": status, "paid": f"{amount:.2f}", "paidOn": paid_on}
        self.world.put(NAME, "transaction", theirs, checkout)
        self.world.note_paid(NAME, theirs, ours=checkout["paymentReference"], amount_minor=int(amount * 100), currency="NGN")
        told = amount + 1 if self.world.lies_about_amount(theirs) else amount
        self._tell("SUCCESSFUL_TRANSACTION", theirs, spell.event(checkout, told))

    def _rejected(self, checkout: dict[str, Any], asked: Decimal) -> None:
        too_little = (asked / 2).quantize(Decimal("0.01"))
        data = {
            "metaData": "{}",
            "product": checkout["product"],
            "amount": spell.number(too_little),
            "paymentSourceInformation": spell.source(too_little),
            "transactionReference": checkout["transactionReference"],
            "created_on": f"{spell.lagos():%d/%m/%Y %I:%M:%S %p}",
            "paymentReference": checkout["paymentReference"],
            "paymentRejectionInformation": {
                "bankCode": "035",
                "destinationAccountNumber": "7023576853",
                "bankName": "Wema bank",
                "rejectionReason": "UNDER_PAYMENT",
                "expectedAmount": spell.number(asked),
            },
            "customer": checkout["customer"],
        }
        self._tell("REJECTED_PAYMENT", checkout["transactionReference"], data)

    def _tell(self, event: str, theirs: str, data: dict[str, Any]) -> None:
        raw = json.dumps({"eventType": event, "eventData": data}, separators=(",", ":")).encode()
        path, headers, body = signing.sign(raw, self.ours, datetime.now(UTC))
        self.world.tell(Callback(f"{NAME} {event} {theirs}", path, body, headers))

    # --- the rest ---

    def _authorize(self, request: Request) -> None:
        text = request.headers.get("authorization", "").removeprefix("Bearer ")
        session = self.world.get(NAME, "session", text)
        if session is None or session["until"] < time.time():
            raise Refused(spell.refusal(401, "Access token is invalid or has expired"))

    def _status(self, theirs: str) -> Reply:
        checkout = self.world.get(NAME, "transaction", theirs)
        if checkout is None:
            return spell.refusal(404, "There's no transaction matching supplied reference.")
        paid = Decimal(checkout["paid"])
        return spell.answer(
            {
                "transactionReference": theirs,
                "paymentReference": checkout["paymentReference"],
                "amountPaid": f"{paid:.2f}",
                "totalPayable": f"{Decimal(checkout['amount']):.2f}",
                "settlementAmount": f"{paid - 10:.2f}" if paid else None,
                "paidOn": checkout["paidOn"],
                "paymentStatus": checkout["status"],
                "paymentDescription": checkout["description"],
                "currency": "NGN",
                "paymentMethod": checkout["method"],
                "product": checkout["product"],
                "metaData": {},
                "customer": checkout["customer"],
            }
        )

    def _reference(self, name: str, product: str) -> str:
        number = drawn(self.world.seed, NAME, name).randrange(10**9)
        return f"MNFY|{product}|{spell.lagos():%Y%m%d%H%M%S}|{number:09}"
