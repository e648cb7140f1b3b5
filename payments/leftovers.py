"""What a keyed call that reached a gateway and died would have answered. Loaded by workers, so the API itself comes late."""

from core.idempotency import Reply
from core.ids import parse_public_id
from core.models import IdempotencyKey

OPERATIONS = ("payments.capture", "payments.cancel", "payments.sync")


def as_it_stands(key: IdempotencyKey) -> Reply | None:
    """The attempt that the call made is a row of its own and has its sweeper, so only the reply is missing."""
    from core.api.idempotent import json_reply
    from payments.api.shown import PaymentSerializer, shown
    from payments.models import Payment

    payment = Payment.objects.filter(pk=parse_public_id("pay", key.target["payment_id"])).first()
    return json_reply(200, PaymentSerializer(payment, context=shown([payment])).data) if payment else None
