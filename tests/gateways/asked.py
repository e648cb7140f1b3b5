"""Payments that were asked for, without asking anybody: born with our reference, as every one is."""

from django.db import transaction
from django.utils import timezone

from core.ids import new_id_text
from payments.evidence import AmountRule, Evidence, Key
from payments.gateways.outbound import OURS
from payments.models import NaturalKey, Payment
from payments.services.settling import settle
from payments.statuses import Status


def payment_of(gateway: str, amount_minor: int, currency: str, *keys: Key, account: str) -> Payment:
    """A pending payment to `account` under these keys, beside one of ours."""
    ours = Key(OURS, f"pay_{new_id_text().replace('-', '')}")
    born = Evidence(
        gateway=gateway,
        kind="asked",
        keys=(ours, *keys),
        status=Status.PENDING,
        amount_minor=amount_minor,
        currency=currency,
        account=account,
        amount_rule=AmountRule.FIXED,
        occurred_at=timezone.now().replace(year=2026, month=3, day=1),
    )
    with transaction.atomic():
        settle([born])
    key = NaturalKey.objects.get(gateway=gateway, kind=OURS, reference=ours.reference)
    return Payment.objects.get(pk=key.payment_id)
