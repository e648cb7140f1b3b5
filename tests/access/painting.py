"""An act that only tests ask for: painting the school. It stands in for all that needs a second person."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from access import approvals
from access.models import Approval
from core.errors import Refused

KIND = "tests.paint"
LATER = "tests.paint_later"
BLUE = {"what": "the gate", "colour": "blue", "coats": 2}
WHY = "It has been grey for years."


class Painting:
    """What was painted, in order; `broken` makes the next coat fail."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.broken = False

    def preview(self, payload: Mapping[str, Any]) -> approvals.Preview:
        if payload.get("what") == "the sky":
            raise Refused("Nobody reaches it.")
        return approvals.Preview(f"Paint {payload['what']} {payload['colour']}.")

    def execute(self, approval: Approval) -> dict[str, str]:
        if self.broken:
            raise Refused("It rains.")
        self.done.append(approval.payload["colour"])
        return {"painted": approval.payload["what"]}


def ask(person: Any, payload: Mapping[str, Any] = BLUE, kind: str = KIND, reason: str = WHY) -> Approval:
    return approvals.request(kind=kind, payload=payload, actor=person.actor, reason=reason)


def grow_old(approval: Approval) -> None:
    """Let four days go by."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE approval SET requested_at = requested_at - %(age)s, expires_at = expires_at - %(age)s WHERE id = %(id)s",
            {"age": timedelta(days=4), "id": approval.id},
        )
        cursor.execute("SET LOCAL session_replication_role = origin")


def stored(approval: Approval) -> dict[str, Any]:
    """The row as it is now."""
    return Approval.objects.filter(pk=approval.pk).values().get()
