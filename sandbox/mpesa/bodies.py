"""What Daraja posts, as Daraja spells it: East African time, decimals with a point, and C2B all texts."""

import json
from datetime import datetime, timedelta, timezone
from typing import Any

EAST_AFRICA = timezone(timedelta(hours=3))
CONFIRMATION = "c2b/confirmation"
DESCRIPTIONS = {
    "0": "The service request is processed successfully.",
    "1": "The balance is insufficient for the transaction.",
    "17": "System internal error.",
    "26": "System busy. Try again in few minutes.",
    "1001": "Unable to lock subscriber, a transaction is already in process for the current subscriber",
    "1019": "Transaction has expired",
    "1032": "Request cancelled by user",
    "1037": "DS timeout user cannot be reached",
    "2001": "The initiator information is invalid.",
    "8006": "The security credential is locked.",
}


def timestamp(at: datetime) -> str:
    return at.astimezone(EAST_AFRICA).strftime("%Y%m%d%H%M%S")


def stk_callback(merchant_request: str, checkout: str, code: str, items: dict[str, Any] | None = None) -> bytes:
    """`items` None leaves the metadata out, as every failure does. A code of digits is a number here, and a text in the query."""
    callback: dict[str, Any] = {
        "MerchantRequestID": merchant_request,
        "CheckoutRequestID": checkout,
        "ResultCode": int(code) if code.isdigit() else code,
        "ResultDesc": DESCRIPTIONS.get(code, "Unknown"),
    }
    if items is not None:
        entries = [{"Name": name} if value is None else {"Name": name, "Value": value} for name, value in items.items()]
        callback["CallbackMetadata"] = {"Item": entries}
    return json.dumps({"Body": {"stkCallback": callback}}).encode()


def paid_items(amount_minor: int, receipt: str, phone: str, at: datetime) -> dict[str, Any]:
    """The metadata of a success; the balance has no value, as it mostly has none."""
    return {
        "Amount": amount_minor / 100,
        "MpesaReceiptNumber": receipt,
        "Balance": None,
        "TransactionDate": int(timestamp(at)),
        "PhoneNumber": int(phone),
    }


def c2b(shortcode: str, receipt: str, amount_minor: int, bill_reference: str, at: datetime, *, balance: str = "") -> bytes:
    """A confirmation, or without `balance` a validation. The phone is masked, so it is nobody's in particular."""
    return json.dumps(
        {
            "TransactionType": "Pay Bill",
            "TransID": receipt,
            "TransTime": timestamp(at),
            "TransAmount": f"{amount_minor // 100}.{amount_minor % 100:02}",
            "BusinessShortCode": shortcode,
            "BillRefNumber": bill_reference,
            "InvoiceNumber": "",
            "OrgAccountBalance": balance,
            "ThirdPartyTransID": "",
            "MSISDN": "2547 ***** 126",
            "FirstName": "NICHOLAS",
            "MiddleName": "",
            "LastName": "",
        }
    ).encode()
