"""`POST /api/v1/validation`: the gateway asks, before it takes money, whether a student exists and is active.

The contract is the gateway's, to the letter: its spellings, its order of keys, and 200 for "no".
"""

from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from access import gateway_tokens
from access.models import GatewayToken
from core.strict_json import NotStrict, read_object
from students.models import Student

GATEWAY = "cellulant"
MAX_BODY = 64 * 1024


class Refusal(Exception):
    """An answer that ends the conversation early."""

    def __init__(self, status: int, body: dict[str, Any], **headers: str) -> None:
        self.status, self.body, self.headers = status, body, headers
        super().__init__(status)


@csrf_exempt
def validation(request: HttpRequest) -> HttpResponse:
    """Answer one question with one query. What can't be read is a 4xx in the contract's dialect, never a 500."""
    try:
        _let_in(request)
        student_id, transaction_ref = _question(_body(request))
        return _json(_answer(student_id, transaction_ref))
    except Refusal as refusal:
        return _json(refusal.body, refusal.status, refusal.headers)
    except OperationalError:
        return _json(_failure("Temporarily unavailable"), 503, {"Retry-After": "5"})


def _json(body: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> JsonResponse:
    """The bytes that the contract's own server would send: no spaces, UTF-8 as it is."""
    return JsonResponse(body, status=status, headers=headers, json_dumps_params={"separators": (",", ":"), "ensure_ascii": False})


def _let_in(request: HttpRequest) -> None:
    if request.method != "POST":
        raise Refusal(405, _failure("Only POST is answered here"), Allow="POST")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not gateway_tokens.matches(GATEWAY, token.strip(), kind=GatewayToken.Kind.BEARER):
        raise Refusal(401, _failure("Unauthorized"), **{"WWW-Authenticate": "Bearer"})
    if request.content_type != "application/json":
        raise Refusal(415, _failure("The body must be application/json"))


def _body(request: HttpRequest) -> dict[str, Any]:
    raw = request.read(MAX_BODY + 1)
    if len(raw) > MAX_BODY:
        raise Refusal(413, _failure("The body is too large"))
    try:
        return read_object(raw)
    except NotStrict as unreadable:
        raise Refusal(400, _invalid(f"The body must be one strict JSON object: {unreadable}")) from unreadable


def _question(body: dict[str, Any]) -> tuple[str, str]:
    """The student id, and the transaction reference or "". An amount may stand beside them; it decides nothing."""
    student_id, transaction_ref = body.get("studentId"), body.get("transactionRef")
    if student_id is None or student_id == "":
        raise Refusal(400, _invalid("Missing student ID"))
    if not isinstance(student_id, str) or len(student_id) > 50 or not student_id.isprintable():
        raise Refusal(400, _invalid("Student ID must be a text of at most 50 printable characters"))
    if transaction_ref is not None and not (isinstance(transaction_ref, str) and _is_unicode(transaction_ref)):
        raise Refusal(400, _invalid("transactionRef must be a text"))
    return student_id, transaction_ref or ""


def _is_unicode(text: str) -> bool:
    """JSON can spell half a character (`\\ud800`), which no answer could repeat."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _answer(student_id: str, transaction_ref: str) -> dict[str, str]:
    student = Student.objects.only("first_name", "last_name", "enrollment_status").filter(student_id=student_id).first()
    if student is None:
        return _invalid("Student not found")
    if not student.is_active:
        return _invalid("Student enrollment is inactive")
    answer = {"status": "VALID", "message": "Student is active and valid", "studentName": student.name}
    return answer | {"transactionRef": transaction_ref} if transaction_ref else answer


def _invalid(message: str) -> dict[str, str]:
    return {"status": "INVALID", "message": message}


def _failure(message: str) -> dict[str, Any]:
    return {"success": False, "message": message}
