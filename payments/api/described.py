"""What /openapi.json tells of starting a payment: how each way of paying is asked for, and every refusal it may meet."""

from drf_spectacular.utils import OpenApiExample

from core.phones import InvalidPhone
from payments.errors import (
    AmountNotTaken,
    AmountTooSmall,
    CurrencyNotTaken,
    GatewayCannot,
    NoRoute,
    OrderClosed,
    OrderPaid,
    UnknownDestination,
    UnknownOrder,
)
from payments.methods import MissingDetail, UnknownMethod
from payments.services.saving import UnknownMethodId
from payments.validating import InvalidCardToken, InvalidVpa

OF_PAYING = (
    *(UnknownOrder, OrderPaid, OrderClosed, UnknownDestination, AmountTooSmall, AmountNotTaken),
    *(UnknownMethod, UnknownMethodId, CurrencyNotTaken, MissingDetail, InvalidPhone, InvalidVpa, InvalidCardToken),
    *(NoRoute, GatewayCannot),
)
"""What payments.services.requesting raises, and the checks that it calls."""

_ORDER = {"order_id": "order_06m7k0c5whq2s8t3v4x5y6z7ab"}
_FEES = {"destination": "student:S004", "amount": 5_000_000, "currency": "KES"}


_BODIES = {
    "An order by M-Pesa": _ORDER | {"method": "mpesa", "phone_number": "0712345678"},
    "An order by a card, to be captured later": _ORDER | {"method": "card", "card_token": "tok_visa", "capture": "manual"},
    "An order by UPI": _ORDER | {"method": "upi", "vpa": "asha@okaxis"},
    "An order by a bank transfer": _ORDER | {"method": "bank_transfer", "email": "ada@example.com", "name": "Ada Obi"},
    "An order by what was kept": _ORDER | {"payment_method_id": "pm_06m7k0c5whq2s8t3v4x5y6z7ab"},
    "School fees by M-Pesa": _FEES | {"method": "mpesa", "phone_number": "+254712345678"},
}
PAYMENTS = [OpenApiExample(name, body, request_only=True) for name, body in _BODIES.items()]
CAPTURE = OpenApiExample("All of it, said out loud", {"amount": 100_000}, request_only=True)
