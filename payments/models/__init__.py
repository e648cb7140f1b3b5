from payments.models.natural_key import NaturalKey
from payments.models.payment import Payment
from payments.models.payment_history import PaymentHistory

__all__ = ["NaturalKey", "Payment", "PaymentHistory"]
