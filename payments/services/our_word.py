"""What we ourselves decide about a payment: a fact like a gateway's, through the same door, and never of money."""

from payments.evidence import Evidence, Key
from payments.gateways.outbound import OURS
from payments.models import Payment
from payments.models.payment_history import Source
from payments.services.settling import settle
from payments.statuses import Status


def settle_our_word(payment: Payment, *, kind: str, status: Status, actor: str, reason: str) -> None:
    """Let the payment rise to this state, if nothing outranks it. Must run in a transaction."""
    fact = Evidence(
        gateway=payment.gateway,
        kind=kind,
        keys=(Key(OURS, payment.public_id),),
        status=status,
        amount_minor=0,
        currency=payment.currency,
        source=Source.OURSELVES,
        actor=actor,
        reason=reason,
    )
    settle([fact])
