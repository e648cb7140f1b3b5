"""What we ask of Daraja: a prompt on the payer's phone, and how it stands. `tills` says where money sent unasked is reported.

A prompt has no idempotency key, and only its answer names it: if that is lost, it can not be asked about, and is never repeated.
The callback still finds its payment, because each prompt tells an address of its own.
"""

import base64
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from payments.errors import GatewayCannot
from payments.evidence import AmountRule, Evidence, Key, Unsettleable
from payments.gateways.mpesa import names, refusals, session
from payments.gateways.mpesa.addresses import callback_url, door_of_prompt
from payments.gateways.mpesa.results import code_of, result_of
from payments.gateways.mpesa.spellings import CURRENCY, LEAST_MINOR, MOST_MINOR, WHOLE_MINOR, timestamp
from payments.gateways.outbound import Ability, Asked, Reply, without_money
from payments.gateways.wire import Answer, OutcomeUnknown, Wire
from payments.statuses import Status

PUSH, QUERY = "/mpesa/stkpush/v1/processrequest", "/mpesa/stkpushquery/v1/query"
REFERENCE_AT_MOST, DESCRIPTION_AT_MOST = 12, 13
_SECRETS = ("Password", "CallBackURL")


class Outbound:
    """Prompts for whole shillings."""

    name = names.NAME
    abilities = frozenset({Ability.QUERY})

    def wire(self) -> Wire:
        return Wire(self.name, settings.GATEWAYS[self.name]["base_url"])

    def charge(self, asked: Asked, wire: Wire) -> Reply:
        """Send the prompt. What can't be asked for in whole shillings, or in one go, is refused before Daraja hears of it."""
        impossible = _impossible(asked)
        if impossible:
            return Reply((_refused(asked, impossible),))
        answer = session.ask(wire, PUSH, _prompt(asked, timezone.now()), hide=_SECRETS)
        reason = refusals.of_prompt(answer)
        if reason:
            return Reply((_refused(asked, reason),))
        said = _accepted(answer)
        try:
            checkout, merchant = said.get("CheckoutRequestID"), said.get("MerchantRequestID")
            keys = (names.checkout(checkout), names.merchant_request(merchant), names.prompt(merchant, checkout))
        except Unsettleable as nameless:
            raise OutcomeUnknown(f"Daraja has taken the prompt, and does not say its name: {nameless.detail}") from nameless
        message = str(said.get("CustomerMessage") or "")[:200]
        return Reply((_about(asked, "stk_push", Status.PENDING, keys),), {"type": "prompt", "message": message})

    def query(self, asked: Asked, wire: Wire) -> Reply:
        """How the prompt stands. The answer has neither receipt nor amount: a success books under the prompt's own name."""
        checkout = asked.key(names.CHECKOUT)
        if not checkout:
            return Reply(())
        answer = session.ask(wire, QUERY, {**_signed(timezone.now()), "CheckoutRequestID": checkout}, hide=_SECRETS)
        if refusals.is_still_processing(answer):
            return Reply((_about(asked, "stk_query", Status.PENDING, reason="processing"),))
        if refusals.is_no_question(answer):
            return Reply(())
        said = _accepted(answer)
        known = {names.CHECKOUT: said.get("CheckoutRequestID"), names.MERCHANT_REQUEST: said.get("MerchantRequestID")}
        if any(told and asked.key(kind) and told != asked.key(kind) for kind, told in known.items()):
            raise OutcomeUnknown("The answer is about another prompt.")
        try:
            result = result_of(code_of(said.get("ResultCode")))
        except Unsettleable as nothing:
            raise OutcomeUnknown(nothing.detail) from nothing
        fact = _about(asked, "stk_query", result.status, (Key(names.CHECKOUT, checkout),), reason=result.reason)
        if result.status is Status.SUCCEEDED:
            paid = Key(names.CHECKOUT, checkout)
            fact = fact._replace(movement=paid, lacks=names.RECEIPT, amount_minor=asked.amount_minor)
        return Reply((fact,))

    def capture(self, asked: Asked, amount_minor: int, wire: Wire) -> Reply:
        raise GatewayCannot("M-Pesa takes the money at once.")

    def cancel(self, asked: Asked, wire: Wire) -> Reply:
        raise GatewayCannot("A prompt ends by itself after a minute, or when the payer refuses it.")

    def check(self, wire: Wire) -> str:
        fresh = session.log_in(wire)
        callback_url("stk")
        return f"Daraja takes our consumer key; a token lasts {fresh.expires_in // 60} minutes. Our callback address can be told."


def _impossible(asked: Asked) -> str:
    """Why Daraja would never take this, "" when it may."""
    if asked.currency != CURRENCY:
        return "currency_not_taken"
    if asked.amount_minor % WHOLE_MINOR:
        return "not_whole_shillings"
    if asked.amount_minor < LEAST_MINOR:
        return "amount_too_small"
    return "amount_too_large" if asked.amount_minor > MOST_MINOR else ""


def _prompt(asked: Asked, at: datetime) -> dict[str, Any]:
    shortcode, phone = settings.GATEWAYS[names.NAME]["shortcode"], asked.details["phone_number"]
    return {
        **_signed(at),
        "TransactionType": "CustomerPayBillOnline",
        "Amount": asked.amount_minor // 100,
        "PartyA": phone,
        "PartyB": shortcode,
        "PhoneNumber": phone,
        "CallBackURL": callback_url(door_of_prompt(asked.payment_id)),
        "AccountReference": asked.bill_reference[:REFERENCE_AT_MOST],
        "TransactionDesc": _description(asked),
    }


def _signed(at: datetime) -> dict[str, str]:
    ours, stamp = settings.GATEWAYS[names.NAME], timestamp(at)
    password = base64.b64encode(f"{ours['shortcode']}{ours['passkey']}{stamp}".encode()).decode()
    return {"BusinessShortCode": ours["shortcode"], "Password": password, "Timestamp": stamp}


def _description(asked: Asked) -> str:
    """A few plain letters for the prompt; the documents call it optional, and a prompt without it has been refused."""
    plain = "".join(letter for letter in asked.description if letter.isascii() and (letter.isalnum() or letter == " "))
    return plain.strip()[:DESCRIPTION_AT_MOST].strip() or "Payment"


def _accepted(answer: Answer) -> dict[str, Any]:
    """The answer to what Daraja has taken on. Raises OutcomeUnknown for every other."""
    if answer.status != 200:
        code, message = session.error_of(answer)
        raise OutcomeUnknown(f"Daraja answered {answer.status} {code} {message}".strip()[:300])
    said = answer.json()
    if str(said.get("ResponseCode")) != "0":
        raise OutcomeUnknown(f"Daraja answered with ResponseCode {str(said.get('ResponseCode'))[:40]!r}.")
    return said


def _refused(asked: Asked, reason: str) -> Evidence:
    return _about(asked, "stk_push", Status.FAILED, reason=reason)


def _about(asked: Asked, kind: str, status: Status, keys: tuple[Key, ...] = (), *, reason: str = "") -> Evidence:
    return without_money(asked, names.NAME, kind, status, *keys, amount_rule=AmountRule.FIXED, reason=reason)
