"""People sign up, and are switched off and on again."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from access.errors import EmailTaken
from access.models import User
from access.services import audit
from core.errors import Invalid


def sign_up(*, email: str, password: str, full_name: str = "") -> User:
    """Somebody joins by themselves, as nobody in particular. Raises Invalid for a weak password, and EmailTaken.

    The password is hashed first, so that a taken address takes as long to answer as a free one.
    """
    user = User(email=email.lower(), full_name=full_name)
    try:
        validate_password(password, user)
    except ValidationError as weak:
        raise Invalid(fields={"password": list(weak.messages)}) from weak
    user.password = make_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            audit.record(actor=user.actor, act="access.sign_up", target=user.actor, reason="They signed up.")
    except IntegrityError as taken:
        raise EmailTaken from taken
    return user


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
