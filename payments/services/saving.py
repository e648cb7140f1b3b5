"""Ways to pay that their owner keeps: a gateway's token and what may be seen of the card. Never a card number."""

from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from core.crypto import keyed_digest
from core.errors import NotFound, Refused
from payments.models import SavedMethod


class UnknownMethodId(NotFound):
    """There is no such saved way to pay."""

    code = "unknown_payment_method"


class SavedAlready(Refused):
    """This way to pay is kept already."""

    code = "payment_method_saved"


class Seen(NamedTuple):
    """What may be seen of a card."""

    brand: str = ""
    last4: str = ""
    exp_month: int | None = None
    exp_year: int | None = None


@transaction.atomic
def save_method(*, owner: str, gateway: str, method: str, token: str, seen: Seen, default: bool = False) -> SavedMethod:
    """Keep a token for its owner; the first one is the default. Raises SavedAlready."""
    _lock(owner)
    others = SavedMethod.objects.filter(owner=owner, deleted_at=None)
    is_default = default or not others.exists()
    if is_default:
        others.filter(is_default=True).update(is_default=False)
    try:
        with transaction.atomic():
            return SavedMethod.objects.create(
                owner=owner,
                gateway=gateway,
                method=method,
                token=token,
                token_digest=keyed_digest("payment_method", token),
                is_default=is_default,
                **seen._asdict(),
            )
    except IntegrityError as refused:
        if _constraint(refused) == "saved_method_once":
            raise SavedAlready from None
        raise


def saved_method(*, owner: str, method_id: UUID) -> SavedMethod:
    """Raises UnknownMethodId, also for another's."""
    method = SavedMethod.objects.filter(pk=method_id, owner=owner, deleted_at=None).first()
    if method is None:
        raise UnknownMethodId
    return method


@transaction.atomic
def forget_method(*, owner: str, method_id: UUID) -> None:
    """Idempotent. If it was the default, the newest of the others is. Raises UnknownMethodId for what never was the owner's."""
    _lock(owner)
    mine = SavedMethod.objects.filter(owner=owner)
    method = mine.filter(pk=method_id).first()
    if method is None:
        raise UnknownMethodId
    if method.deleted_at is None:
        mine.filter(pk=method_id).update(deleted_at=timezone.now(), is_default=False)
        newest = mine.filter(deleted_at=None).order_by("-id").first()
        if method.is_default and newest is not None:
            mine.filter(pk=newest.pk).update(is_default=True)


def _lock(owner: str) -> None:
    """One change at a time to what somebody keeps, even while that is nothing: of two first ones one is the default."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"saved_method:{owner}"])


def _constraint(refused: IntegrityError) -> str:
    return getattr(getattr(refused.__cause__, "diag", None), "constraint_name", None) or ""
