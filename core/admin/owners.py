"""Whose accounts a name leads to. Apps that know people say so here, so that a payment is found by a name it does not hold."""

from collections.abc import Callable
from typing import NamedTuple

MOST = 100
"""How many a name leads to, at most."""
_KNOWN_BY: list[Callable[[str, int], list[str]]] = []


class Called(NamedTuple):
    """Owners, and whether there are more who are called so."""

    owners: list[str]
    more: bool


def add(owners_called: Callable[[str, int], list[str]]) -> None:
    """`owners_called` gives the owners, as account codes name them (`student:S004`), whom a name or a phone number means: so many
    at most.
    """
    _KNOWN_BY.append(owners_called)


def called(term: str) -> Called:
    """Whom somebody knows under this name or phone number, MOST at most."""
    found = [owner for owners_called in _KNOWN_BY for owner in owners_called(term, MOST + 1)]
    return Called(found[:MOST], len(found) > MOST)
