"""Filters that staff keep under a name. One's own is nobody else's business; what everyone sees leaves a trail."""

from urllib.parse import parse_qsl
from uuid import UUID

from django.db import transaction

from access.errors import InvalidFilter
from access.models import SavedFilter, User
from access.services import audit
from core.phones import reads_as_phone

MOST_OF_ONE = 100
LONGEST_QUERY = 2000


@transaction.atomic
def save_filter(*, owner: User, list_name: str, name: str, query: str, shared: bool = False) -> SavedFilter:
    """Keep a filter; the same name again means the new one. Raises InvalidFilter with a message for each field that is wrong.

    A shared one is written to the audit trail, and so is one that stops being shared.
    """
    name = " ".join(name.split())
    wrong: dict[str, list[str]] = {}
    if not 0 < len(name) <= 60 or not name.isprintable():
        wrong["name"] = ["1 to 60 printable characters."]
    if not 0 < len(query) <= LONGEST_QUERY:
        wrong["query"] = ["Narrow the list first: by a search, or by its filters."]
    if any(reads_as_phone(kept) for kept in (name, *(value for _, value in parse_qsl(query)))):
        wrong["query"] = ["A phone number is not kept in a filter: search for it each time, or save the student's id."]
    # The owner's row, so that two windows of one person take turns.
    User.objects.select_for_update(no_key=True).get(pk=owner.pk)
    before = SavedFilter.objects.filter(owner=owner, list_name=list_name, name=name).first()
    if before is None and SavedFilter.objects.filter(owner=owner).count() >= MOST_OF_ONE:
        wrong["name"] = [f"You have {MOST_OF_ONE} filters: remove one first."]
    if wrong:
        raise InvalidFilter(fields=wrong)
    kept, _ = SavedFilter.objects.update_or_create(
        owner=owner, list_name=list_name, name=name, defaults={"query": query, "shared": shared}
    )
    if shared or (before is not None and before.shared):
        said = {"name": name, "query": query, "shared": shared}
        audit.record(actor=owner.actor, act="access.share_filter", target=f"list:{list_name}", reason=f"“{name}”", after=said)
    return kept


@transaction.atomic
def remove_filter(*, owner: User, filter_id: UUID) -> SavedFilter | None:
    """Take one's own filter away; None when there is none of that id, which a second click finds. A shared one leaves a trail."""
    kept = SavedFilter.objects.select_for_update().filter(owner=owner, pk=filter_id).first()
    if kept is None:
        return None
    kept.delete()
    if kept.shared:
        reason, target = f"“{kept.name}” was removed.", f"list:{kept.list_name}"
        audit.record(actor=owner.actor, act="access.unshare_filter", target=target, reason=reason)
    return kept
