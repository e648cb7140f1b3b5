from payments.models.natural_key import NaturalKey
from payments.models.payment import Payment
from payments.models.payment_history import PaymentHistory
from payments.models.rollup import AccountRollup, LatencyRollup, PaymentRollup, RollupState, UnnamedPayment, WaitingPayment

__all__ = [
    "AccountRollup",
    "LatencyRollup",
    "NaturalKey",
    "Payment",
    "PaymentHistory",
    "PaymentRollup",
    "RollupState",
    "UnnamedPayment",
    "WaitingPayment",
]
