from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.env import Environment
from core.money import MAX_MINOR


def amounts(value: str | None) -> dict[str, int]:
    environ = {} if value is None else {"LIMIT": value}
    return Environment(Path("/nonexistent"), environ).amounts("LIMIT", "KES:100")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (None, {"KES": 100}),
        ("", {}),
        ("KES:0", {"KES": 0}),
        (" KES:5000 , USD:200 ", {"KES": 5000, "USD": 200}),
        (f"KES:{MAX_MINOR}", {"KES": MAX_MINOR}),
    ],
)
def test_amounts_are_whole_minor_units_by_currency(value: str | None, read: dict[str, int]):
    assert amounts(value) == read


@pytest.mark.parametrize(
    "value", ["100", "KES", "KES:", "kes:100", "XXX:100", "KES:-1", "KES:1.5", "KES:1e3", "KES:1,KES:2", "KES:٣", f"KES:{10**16}"]
)
def test_what_is_no_such_amount_is_refused_by_name(value: str):
    with pytest.raises(ImproperlyConfigured, match="LIMIT"):
        amounts(value)
