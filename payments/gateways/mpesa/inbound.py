"""Safaricom's M-Pesa as it calls us: answers to prompts (STK), money that payers sent on their own (C2B), and results.

Source: Daraja's documentation of M-Pesa Express, Customer To Business and Transaction Status. Nothing of it is signed. What
proves a callback is the secret part of its path, the address it comes from where DARAJA_CALLBACK_ADDRESSES names some, and that
it knows both ids of a prompt of ours; the amount has to be the one we asked for.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from core.ids import public_id
from core.strict_json import read_object
from ledger import chart
from payments.evidence import AmountRule, Evidence, Key, Unsettleable
from payments.gateways.base import Delivery
from payments.gateways.mpesa import names
from payments.gateways.mpesa.addresses import is_proven
from payments.gateways.mpesa.results import PAID, code_of, result_of
from payments.gateways.mpesa.spellings import CURRENCY, instant, minor
from payments.gateways.outbound import OURS
from payments.models import NaturalKey
from payments.statuses import Status

STK, C2B, STATUS = "stk", "c2b_confirmation", "status_result"
_ACK = {C2B: b'{"ResultCode":0,"ResultDesc":"Success"}'}
_ACCEPTED = b'{"ResultCode":0,"ResultDesc":"Accepted"}'
_C2B_FIELDS = ("TransID", "TransTime", "TransAmount", "BusinessShortCode")


class Mpesa:
    """The doors below `/webhooks/daraja/<token>`, and the old spelling of the first of them.

    The kind `stk/<payment>` is the door of one prompt, whose token has the proof of its address behind a slash.
    """

    name = names.NAME
    names_at = (
        "Body.stkCallback.CallbackMetadata.Item.MpesaReceiptNumber",
        "Body.stkCallback.CheckoutRequestID",
        "TransID",
        "Result.ResultParameters.ResultParameter.ReceiptNo",
        "Result.TransactionID",
    )

    def authenticate(self, delivery: Delivery) -> bool:
        token, _, proof = delivery.token.partition("/")
        _, _, payment = delivery.kind.partition("/")
        known = delivery.tokens.matches(self.name, token, kind="path") and is_from_safaricom(delivery.address)
        return known and (not payment or is_proven(payment, proof))

    def missing(self, *, kind: str, body: Mapping[str, Any]) -> str:
        if _is_stk(kind):
            callback = _inside(body, "Body", "stkCallback")
            if callback is None:
                return "Body.stkCallback is missing"
            lacking = [f for f in ("MerchantRequestID", "CheckoutRequestID", "ResultCode") if callback.get(f) in (None, "")]
        elif kind == C2B:
            lacking = [field for field in _C2B_FIELDS if body.get(field) in (None, "")]
        else:
            # What Daraja posts when its queue timed out is documented nowhere, so only a result must be one.
            lacking = ["Result"] if kind.endswith("_result") and _inside(body, "Result") is None else []
        return f"{', '.join(lacking)} missing" if lacking else ""

    def ack(self, *, kind: str, body: Mapping[str, Any]) -> bytes:
        return _ACK.get(kind, _ACCEPTED)

    def refusal(self, *, kind: str, message: str) -> bytes:
        return json.dumps({"ResultCode": 1, "ResultDesc": message}).encode()

    def parse(self, *, kind: str, raw: bytes, inbound_event_id: str) -> list[Evidence]:
        body = read_object(raw)
        if _is_stk(kind):
            callback, (_, _, payment) = body["Body"]["stkCallback"], kind.partition("/")
            return [_answer(callback, _names_of(callback, payment), inbound_event_id)]
        if kind == C2B:
            return [_confirmation(body, inbound_event_id)]
        if kind == STATUS:
            return [_status(body["Result"], inbound_event_id)]
        raise Unsettleable("not_yet_handled", f"Nothing is done yet about what comes to {kind}.")


def is_from_safaricom(address: str) -> bool:
    """Is this one of the addresses that callbacks come from? Any is, where the settings name none."""
    addresses = settings.GATEWAYS[names.NAME]["callback_addresses"]
    return not addresses or address in addresses


def _is_stk(kind: str) -> bool:
    return kind.partition("/")[0] == STK


def _names_of(callback: Mapping[str, Any], payment: str) -> tuple[Key, ...]:
    """The keys of the prompt that a callback is about: both its ids, and at a prompt's own door the payment, too.

    There the ids are learnt where Daraja's answer has not told them yet; where it has, they must be the same.
    """
    merchant, checkout = callback["MerchantRequestID"], callback["CheckoutRequestID"]
    prompt = names.prompt(merchant, checkout)
    if not payment:
        return (prompt,)
    known = NaturalKey.objects.filter(gateway=names.NAME, kind=names.PROMPT, payment_id=payment).values_list(
        "reference", flat=True
    )
    if any(reference != prompt.reference for reference in known):
        raise Unsettleable("another_prompt", "It comes to the door of one prompt and speaks of another.")
    return (Key(OURS, public_id("pay", payment)), prompt, names.checkout(checkout), names.merchant_request(merchant))


def _answer(callback: Mapping[str, Any], keys: tuple[Key, ...], inbound_event_id: str) -> Evidence:
    """What a payer did about a prompt, or what became of it. It never says which account was meant: only the prompt knows."""
    code = code_of(callback["ResultCode"])
    result = result_of(code)
    fact = Evidence(
        gateway=names.NAME,
        kind=STK,
        keys=keys,
        status=result.status,
        amount_minor=0,
        currency=CURRENCY,
        amount_rule=AmountRule.FIXED,
        method=names.NAME,
        inbound_event_id=inbound_event_id,
        reason=result.reason,
    )
    if code != PAID:
        return fact
    told = _named(_inside(callback, "CallbackMetadata"), "Item", "Name")
    if "MpesaReceiptNumber" not in told or "Amount" not in told:
        # It is asked about on the ladder like any other; and whoever looks here sees that Safaricom has said so once.
        raise Unsettleable("success_without_receipt", "It says that the payer has paid, but neither how much nor the receipt.")
    return fact._replace(
        movement=names.receipt(told["MpesaReceiptNumber"], "MpesaReceiptNumber"),
        amount_minor=minor(told["Amount"], "Amount"),
        occurred_at=instant(told.get("TransactionDate")),
    )


def _confirmation(body: Mapping[str, Any], inbound_event_id: str) -> Evidence:
    """Money that came to the till, under whatever name the payer typed; or the other side of a prompt that was answered.

    A prompt can be paid only to the shortcode it asks for: what came to another till of ours is never a prompt's money.
    """
    till = _our_till(body["BusinessShortCode"])
    bill = body.get("BillRefNumber") or ""
    if not isinstance(bill, str):
        raise Unsettleable("bad_reference", "BillRefNumber is not a text.")
    return Evidence(
        gateway=names.NAME,
        kind=C2B,
        keys=(),
        status=Status.SUCCEEDED,
        amount_minor=minor(body["TransAmount"], "TransAmount"),
        currency=CURRENCY,
        account=chart.suspense(CURRENCY),
        bill_reference=bill.strip(),
        movement=names.receipt(body["TransID"], "TransID"),
        adopts=names.CHECKOUT if till == settings.GATEWAYS[names.NAME]["shortcode"] else "",
        method=names.NAME,
        occurred_at=instant(body["TransTime"]),
        inbound_event_id=inbound_event_id,
    )


def _status(result: Mapping[str, Any], inbound_event_id: str) -> Evidence:
    """How a transaction stands that we asked about by its receipt or by the prompt it answered."""
    code = code_of(result.get("ResultCode"))
    told = _named(_inside(result, "ResultParameters"), "ResultParameter", "Key")
    state = told.get("TransactionStatus")
    if code != PAID or state != "Completed":
        raise Unsettleable("no_such_status", f"Result {code}, transaction status {str(state)[:40]!r}: nothing to settle.")
    asked = told.get("OriginatorConversationID")
    return Evidence(
        gateway=names.NAME,
        kind=STATUS,
        keys=(names.merchant_request(asked),) if asked else (),
        status=Status.SUCCEEDED,
        amount_minor=minor(told.get("Amount"), "Amount"),
        currency=CURRENCY,
        movement=names.receipt(told.get("ReceiptNo"), "ReceiptNo"),
        amount_rule=AmountRule.FIXED,
        method=names.NAME,
        occurred_at=instant(told.get("FinalisedTime")),
        inbound_event_id=inbound_event_id,
    )


def _our_till(told: object) -> str:
    here, till = settings.GATEWAYS[names.NAME], str(told)
    if till not in {here["shortcode"], here["c2b_shortcode"]}:
        raise Unsettleable("another_till", f"BusinessShortCode {till[:20]!r} is none of ours.")
    return till


def _inside(body: object, *path: str) -> Mapping[str, Any] | None:
    """The object at the end of a path of objects, or None."""
    for field in path:
        body = body.get(field) if isinstance(body, dict) else None
    return body if isinstance(body, dict) else None


def _named(holder: Mapping[str, Any] | None, field: str, name: str) -> dict[str, Any]:
    """Daraja's lists of named values, in any order. A name may come twice (then the first counts) or without a value (then it
    says nothing); a single entry may stand without its list.
    """
    entries = holder.get(field) if holder else None
    found: dict[str, Any] = {}
    for entry in entries if isinstance(entries, list) else [entries]:
        if isinstance(entry, dict) and isinstance(entry.get(name), str) and entry.get("Value") not in (None, ""):
            found.setdefault(entry[name], entry["Value"])
    return found
