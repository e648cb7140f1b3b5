from payments.models.gateway_state import GatewayState, PaymentRoute
from payments.models.natural_key import NaturalKey
from payments.models.order import Order
from payments.models.payment import Payment
from payments.models.payment_attempt import PaymentAttempt
from payments.models.payment_history import PaymentHistory
from payments.models.payment_request import PaymentRequest
from payments.models.rollup import AccountRollup, LatencyRollup, PaymentRollup, RollupState, UnnamedPayment, WaitingPayment
from payments.models.saved_method import SavedMethod

__all__ = [
    "AccountRollup",
    "GatewayState",
    "LatencyRollup",
    "NaturalKey",
    "Order",
    "Payment",
    "PaymentAttempt",
    "PaymentHistory",
    "PaymentRequest",
    "PaymentRollup",
    "PaymentRoute",
    "RollupState",
    "SavedMethod",
    "UnnamedPayment",
    "WaitingPayment",
]
