"""Up to how much one person may do alone, as the settings say and the database holds everyone to it."""

from django.conf import settings
from django.db import transaction

from access.models import ApprovalLimit


@transaction.atomic
def apply_limits() -> None:
    """Make the table say what the settings say. Only the owner of the tables may: it runs after every migration."""
    ApprovalLimit.objects.all().delete()
    ApprovalLimit.objects.bulk_create(
        ApprovalLimit(kind=kind, currency=currency, most_minor=most_minor)
        for kind, limits in settings.APPROVAL_LIMITS_MINOR.items()
        for currency, most_minor in limits.items()
    )


def most_alone(kind: str, currency: str) -> int:
    """Minor units of such a transfer that need no second person; 0 where nothing is said."""
    most = ApprovalLimit.objects.filter(kind=kind, currency=currency).values_list("most_minor", flat=True).first()
    return most or 0
