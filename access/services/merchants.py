"""Merchants join, change what they are called, and may be shut out and let in again."""

from django.db import transaction

from access.errors import MerchantExists
from access.models import Merchant, User
from access.services import audit


@transaction.atomic
def create_merchant(*, owner: User, name: str, email: str, actor: str, reason: str) -> Merchant:
    """A merchant without keys yet; `services.api_keys.issue_key` makes the first."""
    merchant = Merchant.objects.create(owner=owner, name=name.strip(), email=email.strip().lower())
    audit.record(
        actor=actor,
        act="access.create_merchant",
        target=merchant.public_id,
        reason=reason,
        after={"name": merchant.name, "email": merchant.email, "owner": owner.actor},
    )
    return merchant


@transaction.atomic
def open_merchant(*, owner: User, name: str, email: str) -> Merchant:
    """The one merchant that a person may open by themselves. Raises MerchantExists; locks the owner."""
    User.objects.select_for_update().get(pk=owner.pk)
    if Merchant.objects.filter(owner=owner).exists():
        raise MerchantExists
    return create_merchant(owner=owner, name=name, email=email, actor=owner.actor, reason="They opened it over the API.")


@transaction.atomic
def change_merchant(*, merchant: Merchant, actor: str, reason: str, **changes: str) -> Merchant:
    """Change its `name` or `email`. What is the same already is no change; locks the merchant."""
    merchant = Merchant.objects.select_for_update().get(pk=merchant.pk)
    before = {name: getattr(merchant, name) for name, value in changes.items() if getattr(merchant, name) != value}
    if before:
        for name in before:
            setattr(merchant, name, changes[name])
        merchant.save(update_fields=list(before))
        audit.record(
            actor=actor,
            act="access.change_merchant",
            target=merchant.public_id,
            reason=reason,
            before=before,
            after={name: changes[name] for name in before},
        )
    return merchant


@transaction.atomic
def set_merchant_active(*, merchant: Merchant, active: bool, actor: str, reason: str) -> None:
    """Let a merchant's keys in or shut them out, from the next request on. Idempotent; locks the merchant."""
    merchant = Merchant.objects.select_for_update().get(pk=merchant.pk)
    if merchant.is_active == active:
        return
    merchant.is_active = active
    merchant.save(update_fields=["is_active"])
    audit.record(
        actor=actor,
        act="access.set_merchant_active",
        target=merchant.public_id,
        reason=reason,
        before={"is_active": not active},
        after={"is_active": active},
    )
