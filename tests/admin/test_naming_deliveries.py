import pytest

from core.admin.deliveries import name_of, one_of


@pytest.mark.parametrize(
    ("kind", "name", "one"),
    [
        ("notification", "notification", "a notification"),
        ("event", "event", "an event"),
        ("stk/01a20249ef4e771a9227ecd87cdb3432", "prompt's result", "a prompt's result"),
        ("c2b_confirmation", "till's confirmation", "a till's confirmation"),
        ("nobody_knows", "nobody knows", "a nobody knows"),
    ],
)
def test_a_delivery_is_called_by_what_it_tells(kind: str, name: str, one: str):
    assert (name_of(kind), one_of(kind)) == (name, one)
