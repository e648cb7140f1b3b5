"""What stands above a list besides its search and filters. Apps on higher floors add to it without being imported by the list."""

from collections.abc import Callable
from typing import Any, Protocol

from django.http import HttpRequest


class Tool(Protocol):
    """Something with a template of its own, which finds it as `tool`."""

    @property
    def template(self) -> str: ...


_TOOLS: list[Callable[[HttpRequest, Any], Tool | None]] = []


def add(tool: Callable[[HttpRequest, Any], Tool | None]) -> None:
    """`tool` gets the request and the list's admin, and answers None where it has nothing to offer."""
    _TOOLS.append(tool)


def tools_of(request: HttpRequest, model_admin: Any) -> list[Tool]:
    """In the order they joined."""
    return [found for tool in _TOOLS if (found := tool(request, model_admin)) is not None]
