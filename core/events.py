"""Facts of ours, published in the transaction that makes them true. `webhooks` fans the rows out afterwards."""

from typing import Any

from core.models import Event


def publish(type: str, *, subject: str, owner: str = "", payload: dict[str, Any] | None = None) -> Event:  # noqa: A002 - the column's name
    """Write one event row. `type` is a word of docs/events.md, `subject` a public id, `owner` a text like merchant:…"""
    return Event.objects.create(type=type, subject=subject, owner=owner, payload=payload or {})
