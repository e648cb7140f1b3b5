"""What somebody might send who looks for a hole: fields of the back office's forms, with values that some of them take."""

import random
from collections.abc import Iterator

FIELDS = (
    *("reason", "seen", "account", "amount", "debit", "credit", "chosen", "action", "_save", "status", "approver", "reference"),
    *("_selected_action", "post", "index", "id", "list", "name", "shared", "query", "old_password", "description", "email"),
    *("due_date", "confirm", "upload", "is_superuser", "groups", "_method", "csrfmiddlewaretoken", "user", "student_id"),
)
WORDS = (
    *("1", "", "yes", "S004", "student:S004:KES", "suspense:KES", "approve", "delete_selected", "Because.", "0" * 32, "-1"),
    *("1.00", "9" * 30, "\0", "é" * 50, "payments_payment", "status=failed", "succeeded", "x@y.z", "PUT", "TXN_1", "2026-03-14"),
)


def bodies(seed: object) -> Iterator[dict[str, str]]:
    """One after the other, the same for the same seed."""
    draw = random.Random(repr(seed))
    while True:
        yield {name: draw.choice(WORDS) for name in draw.sample(FIELDS, draw.randint(0, 10))}
