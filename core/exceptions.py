"""What a human must look at: opened set-based in the transaction that found it, locked by whoever deals with it."""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from core.errors import NotFound, Refused
from core.ids import new_id_text
from core.models.exception_item import ExceptionItem
from core.sql import Send, plain_array, run, text_array
from core.words import fit

Status = ExceptionItem.Status
MAX_REFERENCE = 100


class UnknownItem(NotFound):
    """There is no such exception item."""

    code = "unknown_exception_item"


class ItemClosed(Refused):
    """Somebody has dealt with this already."""

    code = "exception_item_closed"


class UnfitItem(Refused):
    """This is not what can be done about such an item."""

    code = "unfit_exception_item"


class NewItem(NamedTuple):
    """An item to open. `subject` and `kind` together are unique among open items: the same trouble seen again adds nothing.

    `status` is RETURNING where nobody need decide that the money goes back. `reference` is what the gateway calls it.
    """

    kind: ExceptionItem.Kind
    reason: str
    subject: str
    payment_id: str | None = None
    inbound_event_id: str | None = None
    amount_minor: int | None = None
    currency: str = ""
    detail: str = ""
    status: str = Status.OPEN
    reference: str = ""


def open_items(items: Sequence[NewItem], send: Send = run) -> None:
    """Insert what is not open already."""
    if items:
        send("core", "open_exception_items", [plain_array(new_id_text() for _ in items), *columns_of(items)])


def add_to_open_items(items: Sequence[NewItem]) -> None:
    """Insert what is not open already; to what is, the amounts are added. No two of these may be about the same."""
    if items:
        run("core", "add_to_open_exception_items", [plain_array(new_id_text() for _ in items), *columns_of(items)])


def columns_of(items: Sequence[NewItem]) -> list[str]:
    """The fields of NewItem in their order, each an array literal, their words fit to be kept."""
    if not items:
        return ["{}"] * len(NewItem._fields)
    fitting = [item._replace(detail=fit(item.detail), reference=as_kept(item.reference)) for item in items]
    columns = tuple(zip(*fitting, strict=True))
    return [
        *(text_array(column) for column in columns[:3]),
        *(plain_array(column) for column in columns[3:6]),
        *(text_array(column) for column in columns[6:]),
    ]


def as_kept(reference: str) -> str:
    """A reference as an item keeps it, and as it is looked for: not too long, and no card number."""
    return fit(reference)[:MAX_REFERENCE] if reference else ""


def open_item(item_id: UUID, *, kinds: Collection[str], status: str = Status.OPEN, lock: bool = True) -> ExceptionItem:
    """The item, locked, when it is of one of these kinds and has this status. Raises UnknownItem, UnfitItem, ItemClosed."""
    items = ExceptionItem.objects.select_for_update(no_key=True) if lock else ExceptionItem.objects.all()
    item = items.filter(pk=item_id).first()
    if item is None:
        raise UnknownItem
    if item.kind not in kinds:
        raise UnfitItem(f"This can't be done about {item.get_kind_display().lower()}.")
    if item.status != status:
        raise ItemClosed(f"It is {item.get_status_display().lower()} already: {item.resolution}" if item.resolution else "")
    return item


def lock_open(item_ids: Collection[UUID], *, kinds: Collection[str]) -> list[ExceptionItem]:
    """Those of them that are open and of one of these kinds, locked in the order of their ids; the others are left out."""
    items = ExceptionItem.objects.filter(pk__in=item_ids, kind__in=kinds, status=Status.OPEN)
    return list(items.order_by("pk").select_for_update(no_key=True))
