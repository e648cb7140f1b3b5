"""A gateway at one's fingertips: pages that make Cellulant ask or report something, and show what the school answered.

They post over HTTP to the endpoints that the real gateway uses, on the very server that was asked.
"""

import json
import secrets
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from sandbox.cellulant.notification import NOTIFICATION, VALIDATION, Notification
from sandbox.units import NoAmount, cents

USUAL_STUDENT = "S004"
USUAL_AMOUNT = "50000.00"
ANSWER_WITHIN_SECONDS = 10.0


@csrf_exempt
@require_http_methods(["GET", "POST"])
async def validation(request: HttpRequest, student: str = USUAL_STUDENT) -> JsonResponse:
    """Ask whether the student may be paid for. `amount` and `transactionRef` may come in the query or a JSON body."""
    wishes = _wishes(request)
    try:
        amount_minor = cents(wishes.get("amount", USUAL_AMOUNT))
    except NoAmount as refused:
        return JsonResponse({"message": str(refused)}, status=400)
    payload = {
        "studentId": student,
        "amount": amount_minor / 100,
        "transactionRef": wishes.get("transactionRef", f"MockRef_{secrets.token_hex(6)}"),
    }
    return await _post(request, VALIDATION, payload)


@csrf_exempt
@require_http_methods(["GET", "POST"])
async def webhook(request: HttpRequest, student: str = "", status: str = "") -> JsonResponse:
    """Report a payment. `transactionId` (a known one is a duplicate), `amount` and `method` may come in the query or a JSON body,
    and `studentId` and `status` where the path does not say them."""
    wishes = _wishes(request)
    try:
        amount_minor = cents(wishes.get("amount", USUAL_AMOUNT))
    except NoAmount as refused:
        return JsonResponse({"message": str(refused)}, status=400)
    notification = Notification(
        transaction_id=wishes.get("transactionId", f"TXN_{secrets.token_hex(6)}"),
        student_id=student or wishes.get("studentId", USUAL_STUDENT),
        amount_minor=amount_minor,
        at=datetime.now(UTC),
        method=wishes.get("method", "MPESA").upper(),
        status=(status or wishes.get("status", "SUCCESS")).upper(),
    )
    return await _post(request, NOTIFICATION, notification.payload())


def _wishes(request: HttpRequest) -> dict[str, str]:
    try:
        body = json.loads(request.body or b"{}")
    except ValueError:
        body = {}
    said = body if isinstance(body, dict) else {}
    return {**{name: str(value) for name, value in said.items()}, **request.GET.dict()}


async def _post(request: HttpRequest, path: str, payload: dict[str, Any]) -> JsonResponse:
    import aiohttp  # seven megabytes that a server which is never asked for these pages should not carry

    # The address the request arrived at, not the one its Host header claims: the bearer goes nowhere else.
    site = f"http://{request.META['SERVER_NAME']}:{request.META['SERVER_PORT']}"
    headers = {"Authorization": f"Bearer {settings.CELLULANT_BEARER_TOKEN}"}
    timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(site, headers=headers, timeout=timeout) as session,
            session.post(path, json=payload) as response,
        ):
            answer = {"status": response.status, "body": await response.json(content_type=None)}
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as failed:
        return JsonResponse({"sent": payload, "to": path, "failed": f"{type(failed).__name__}: {failed}"}, status=502)
    return JsonResponse({"sent": payload, "to": path, "answered": answer})
