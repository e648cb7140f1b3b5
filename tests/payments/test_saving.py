"""What somebody keeps to pay with: each once, and one of them the default, however many are kept at once."""

from functools import partial

import pytest

from payments.models import SavedMethod
from payments.services.saving import Seen, forget_method, save_method
from tests.racing import overlap, race

pytestmark = pytest.mark.django_db(transaction=True)


def save(token: str, *, default: bool = False) -> SavedMethod:
    seen = Seen("visa", "4242", 12, 2030)
    return save_method(owner="user:joan", gateway="stripe", method="card", token=token, seen=seen, default=default)


def kept() -> dict[str, bool]:
    return {method.token: method.is_default for method in SavedMethod.objects.filter(owner="user:joan", deleted_at=None)}


def test_of_two_first_cards_at_once_both_are_kept_and_one_is_the_default():
    overlap(partial(save, "pm_1"), partial(save, "pm_2"))
    assert kept() == {"pm_1": True, "pm_2": False}


def test_the_same_card_twice_at_once_is_kept_once():
    answers = race(*[partial(save, "pm_1")] * 4)
    assert sorted(type(answer).__name__ for answer in answers) == ["SavedAlready"] * 3 + ["SavedMethod"]
    assert kept() == {"pm_1": True}


def test_of_two_new_defaults_at_once_the_later_is_it():
    save("pm_1")
    overlap(partial(save, "pm_2", default=True), partial(save, "pm_3", default=True))
    assert kept() == {"pm_1": False, "pm_2": False, "pm_3": True}


def test_a_card_that_is_kept_while_the_only_other_is_forgotten_is_the_default():
    first = save("pm_1")
    overlap(partial(forget_method, owner="user:joan", method_id=first.pk), partial(save, "pm_2"))
    assert kept() == {"pm_2": True}
    second = SavedMethod.objects.get(deleted_at=None)
    overlap(partial(save, "pm_3"), partial(forget_method, owner="user:joan", method_id=second.pk))
    assert kept() == {"pm_3": True}
