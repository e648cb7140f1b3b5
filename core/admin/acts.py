"""What staff may do about a thing, from its page or its list. Apps on higher floors say so here; lower ones need not know.

An act is looked at before it is done: `plan` says exactly what it would do and writes nothing, `carry_out` calls one service. The
pages around it, with the reason that each act asks for, are `core.admin.acting`.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.forms import Form
from django.http import HttpRequest

from core.admin.blocks import Block


@dataclass(frozen=True)
class Plan:
    """What an act would do now: one sentence, the bookings as blocks, what should make staff pause.

    `exactly` spells everything that must not have changed between looking and doing. `second_person` says that it will only be
    asked for. `amount_minor` is what it would move, None where it moves nothing.
    """

    summary: str
    blocks: Sequence[Block] = ()
    warnings: Sequence[str] = ()
    second_person: bool = False
    exactly: str = ""
    amount_minor: int | None = None

    @property
    def seen(self) -> str:
        """A short name of all this: what is sent back with the reason, and compared."""
        return hashlib.sha256(f"{self.summary}\n{self.exactly}\n{self.second_person}".encode()).hexdigest()[:32]


class Said(NamedTuple):
    """Who does it, and why."""

    actor: str
    reason: str


class Done(NamedTuple):
    """What was done, as a sentence, and where to go from there: the page or list it was done from, unless `url` says otherwise.

    `amount_minor` is what this very call moved, None where nothing moved or an earlier one had done it.
    """

    message: str
    url: str = ""
    amount_minor: int | None = None


Filled = Mapping[str, Any]


def _always(request: HttpRequest, thing: Any) -> bool:
    return True


def _nothing(request: HttpRequest, thing: Any) -> Filled:
    return {}


@dataclass(frozen=True)
class Act:
    """One thing that can be done, by whoever holds `permission`.

    `plan` and `carry_out` get the thing and the cleaned fields of `form`; both raise what forbids it. `fits` decides whether its
    button stands on the thing's page, no more. `tone` as in `shown.badge`; "main" for the one act that is most likely meant.
    """

    name: str
    label: str
    explanation: str
    permission: str
    plan: Callable[[HttpRequest, Any, Filled], Plan]
    carry_out: Callable[[Any, Filled, Said], Done]
    form: type[Form] = Form
    fits: Callable[[HttpRequest, Any], bool] = _always
    initial: Callable[[HttpRequest, Any], Filled] = _nothing
    tone: str = ""
    rank: int = field(default=50)
    """Buttons stand in this order."""


_ON_ONE: dict[str, dict[str, Act]] = {}
_ON_MANY: dict[str, dict[str, Act]] = {}
_ON_NONE: dict[str, dict[str, Act]] = {}


def add(model_name: str, act: Act) -> None:
    """An act about one thing, from its page; `model_name` as in `core_exceptionitem`."""
    _ON_ONE.setdefault(model_name, {})[act.name] = act


def add_for_many(model_name: str, act: Act) -> None:
    """An act about those that were chosen in a list: the thing is a list of them."""
    _ON_MANY.setdefault(model_name, {})[act.name] = act


def add_for_none(model_name: str, act: Act) -> None:
    """An act that a list offers and that is about none of its rows: the thing is an empty list."""
    _ON_NONE.setdefault(model_name, {})[act.name] = act


def on_one(model_name: str) -> Mapping[str, Act]:
    return _in_order(_ON_ONE, model_name)


def on_many(model_name: str) -> Mapping[str, Act]:
    return _in_order(_ON_MANY, model_name)


def on_none(model_name: str) -> Mapping[str, Act]:
    return _in_order(_ON_NONE, model_name)


def _in_order(acts: Mapping[str, Mapping[str, Act]], model_name: str) -> Mapping[str, Act]:
    return dict(sorted(acts.get(model_name, {}).items(), key=lambda item: item[1].rank))
