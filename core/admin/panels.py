"""Blocks that one app lays on another's page: payments on a student's or account's, without either importing the other."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from core.admin.blocks import Block

Panel = Callable[[HttpRequest, Any], list[Block]]
_PANELS: dict[str, list[Panel]] = {}


def add(subject: str, panel: Panel) -> None:
    """`panel` gets the request and the subject: for "accounts" their codes, else the object."""
    _PANELS.setdefault(subject, []).append(panel)


def about(subject: str, request: HttpRequest, thing: Any) -> list[Block]:
    """What the other apps have to say, in the order they joined."""
    return [block for panel in _PANELS.get(subject, []) for block in panel(request, thing)]
