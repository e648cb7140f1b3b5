"""The filters of `GET /payments`, each by an index, each refused by name when it can't be read."""

from collections.abc import Callable
from datetime import UTC, datetime

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from core.errors import Invalid
from core.ids import lowest_id_at, parse_public_id
from payments.models import NaturalKey, Payment, PaymentRequest
from payments.statuses import Status

Payments = QuerySet[Payment]


def filtered(request: Request, payments: Payments) -> Payments:
    """The payments that the request's parameters ask for. Raises Invalid by parameter, MalformedId."""
    for name, narrow in FILTERS.items():
        value = request.query_params.get(name)
        if value is not None:
            payments = narrow(payments, value)
    return payments


def _status(payments: Payments, value: str) -> Payments:
    if value not in Status.values:
        raise Invalid(fields={"status": [f"must be one of {', '.join(Status.values)}"]})
    return payments.filter(status=value)


def _student(payments: Payments, value: str) -> Payments:
    return payments.filter(named_account__startswith=f"student:{value}:")


def _user(payments: Payments, value: str) -> Payments:
    return payments.filter(pk__in=PaymentRequest.objects.filter(caller=value).values("payment_id"))


def _reference(payments: Payments, value: str) -> Payments:
    return payments.filter(pk__in=NaturalKey.objects.filter(reference=value).values("payment_id"))


def _created(bound: str, name: str) -> Callable[[Payments, str], Payments]:
    def narrow(payments: Payments, value: str) -> Payments:
        try:
            instant = datetime.fromisoformat(value)
            at = lowest_id_at(instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC))
        except (ValueError, OverflowError):
            raise Invalid(fields={name: ["must be an RFC 3339 time"]}) from None
        return payments.filter(**{f"pk__{bound}": at})

    return narrow


FILTERS: dict[str, Callable[[Payments, str], Payments]] = {
    "status": _status,
    "method": lambda payments, value: payments.filter(method=value),
    "gateway": lambda payments, value: payments.filter(gateway=value),
    "order_id": lambda payments, value: payments.filter(order_id=parse_public_id("order", value)),
    "user": _user,
    "student": _student,
    "reference": _reference,
    "created_from": _created("gte", "created_from"),
    "created_to": _created("lt", "created_to"),
}
_TIMES = dict.fromkeys(("created_from", "created_to"), "RFC 3339; UTC where it names no zone.")
PARAMETERS = [
    OpenApiParameter(name, enum=Status.values if name == "status" else None, description=_TIMES.get(name, "")) for name in FILTERS
]
"""For the schema."""
