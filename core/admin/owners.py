"""Whose accounts a name leads to. Apps that know people say so here, so that a payment is found by a name it does not hold."""

from collections.abc import Callable

_KNOWN_BY: list[Callable[[str], list[str]]] = []


def add(owners_called: Callable[[str], list[str]]) -> None:
    """`owners_called` gives the owners, as account codes name them (`student:S004`), whom a name or a phone number means."""
    _KNOWN_BY.append(owners_called)


def called(term: str) -> list[str]:
    """Everyone whom somebody knows under this name or phone number."""
    return [owner for owners_called in _KNOWN_BY for owner in owners_called(term)]
