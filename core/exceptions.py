"""What a human must look at: opening items, set-based, in the transaction that found them."""

from collections.abc import Sequence
from typing import NamedTuple

from core.ids import new_id_text
from core.models.exception_item import ExceptionItem
from core.sql import plain_array, run, text_array


class NewItem(NamedTuple):
    """An item to open. `subject` and `kind` together are unique among open items: the same trouble seen again adds nothing."""

    kind: ExceptionItem.Kind
    reason: str
    subject: str
    payment_id: str | None = None
    inbound_event_id: str | None = None
    amount_minor: int | None = None
    currency: str = ""
    detail: str = ""


def open_items(items: Sequence[NewItem]) -> None:
    """Insert what is not open already."""
    if not items:
        return
    columns = tuple(zip(*items, strict=True))
    run(
        "core",
        "open_exception_items",
        [
            plain_array(new_id_text() for _ in items),
            *(text_array(column) for column in columns[:3]),
            *(plain_array(column) for column in columns[3:6]),
            *(text_array(column) for column in columns[6:]),
        ],
    )
