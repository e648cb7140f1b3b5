"""People are switched off and on again."""

from django.db import transaction

from access.models import User
from access.services import audit


@transaction.atomic
def set_user_active(*, user: User, active: bool, actor: str, reason: str) -> None:
    """Shut a person out, from their next request on and everywhere, or let them in again. Idempotent; locks the user.

    Sessions from before do not come back to life with them.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.is_active == active:
        return
    user.is_active = active
    user.save(update_fields=["is_active"])
    user.end_sessions()
    audit.record(
        actor=actor,
        act="access.set_user_active",
        target=user.actor,
        reason=reason,
        before={"is_active": not active},
        after={"is_active": active},
    )
