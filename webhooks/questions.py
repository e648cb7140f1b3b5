"""What a gateway asks before it takes money is answered from the database at once, and not stored: the intake takes what is told.

Daraja's C2B validation: it waits eight seconds, and then does what our registration said it should do without an answer.
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from access import gateway_tokens
from access.models import GatewayToken
from core.peers import address_of
from core.strict_json import NotStrict, read_object
from ledger.models import Account
from payments.evidence import Unsettleable
from payments.gateways.mpesa.inbound import is_from_safaricom
from payments.gateways.mpesa.names import NAME
from payments.gateways.mpesa.spellings import CURRENCY, minor
from payments.services.naming import account_named

MAX_BODY = 64 * 1024
ACCEPTED, UNKNOWN_ACCOUNT, BAD_AMOUNT, ANOTHER_TILL, UNREADABLE = "0", "C2B00012", "C2B00013", "C2B00015", "C2B00016"


@csrf_exempt
@require_POST
def c2b_validation(request: HttpRequest, token: str) -> HttpResponse:
    """May this payer pay into this account? 200 for yes and for no; 401 for who is not Daraja."""
    try:
        if not (gateway_tokens.matches(NAME, token, kind=GatewayToken.Kind.PATH) and is_from_safaricom(address_of(request))):
            return JsonResponse({"ResultCode": 1, "ResultDesc": "Unauthorized"}, status=401)
        code = _judged(request.read(MAX_BODY + 1))
    except OperationalError:
        return JsonResponse({"ResultCode": 1, "ResultDesc": "Temporarily unavailable"}, status=503, headers={"Retry-After": "5"})
    return JsonResponse({"ResultCode": code, "ResultDesc": "Accepted" if code == ACCEPTED else "Rejected"})


def _judged(raw: bytes) -> str:
    """Daraja's code for yes, or for why not."""
    try:
        body: Mapping[str, Any] = read_object(raw) if len(raw) <= MAX_BODY else {}
    except NotStrict:
        body = {}
    bill = body.get("BillRefNumber")
    if not isinstance(bill, str) or "TransAmount" not in body:
        return UNREADABLE
    if body.get("BusinessShortCode") not in (settings.GATEWAYS[NAME]["shortcode"], settings.GATEWAYS[NAME]["c2b_shortcode"]):
        return ANOTHER_TILL
    try:
        minor(body["TransAmount"], "TransAmount")
    except Unsettleable:
        return BAD_AMOUNT
    return ACCEPTED if _takes_money(account_named(bill, CURRENCY)) else UNKNOWN_ACCOUNT


def _takes_money(account: str | None) -> bool:
    shut = (Account.State.CLOSED, Account.State.FROZEN)
    return account is not None and Account.objects.filter(code=account).exclude(state__in=shut).exists()
