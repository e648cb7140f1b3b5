"""Typed readers of the environment. A bad value is refused by name at start, never replaced by a default."""

import base64
import binascii
import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from core.money import CURRENCIES, MAX_MINOR

_RATE = re.compile(r"[1-9][0-9]{0,8}/(second|minute|hour|day)", re.ASCII)


class Environment:
    """The process's environment over a `.env` file. Each reader raises ImproperlyConfigured with the variable's name."""

    def __init__(self, dotenv: Path, environ: Mapping[str, str] = os.environ) -> None:
        self._values = {**_read(dotenv), **environ}

    def text(self, name: str, default: str | None = None) -> str:
        value = self._values.get(name, default)
        if value is None:
            raise ImproperlyConfigured(
                f"{name} is not set; .env.example lists every name. What runs on the servers of `make run` is started by"
                " `.venv/bin/python -m deploy.manage`, which knows them."
            )
        return value

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.text(name, default)
        if value not in allowed:
            raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.text(name, "true" if default else "false").lower()
        if value not in {"true", "false", "1", "0"}:
            raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")
        return value in {"true", "1"}

    def number(self, name: str, default: int, *, least: int = 0, most: int = 2**31) -> int:
        value = self.text(name, str(default))
        if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
            raise ImproperlyConfigured(f"{name} must be a whole number from {least} to {most}, not {value!r}.")
        return int(value)

    def rate(self, name: str, default: str) -> str:
        """So many in a span of time: `1200/minute`."""
        value = self.text(name, default)
        if not _RATE.fullmatch(value):
            raise ImproperlyConfigured(f"{name} must be a number per second, minute, hour or day, like {default}, not {value!r}.")
        return value

    def words(self, name: str, default: str) -> list[str]:
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def amounts(self, name: str, default: str) -> dict[str, int]:
        """`KES:10000000,USD:100000`: whole minor units by currency."""
        amounts: dict[str, int] = {}
        for entry in self.words(name, default):
            currency, _, minor = entry.partition(":")
            if currency not in CURRENCIES or currency in amounts or not minor.isascii() or not minor.isdigit():
                raise ImproperlyConfigured(f"{name} must be CURRENCY:minor units,… with each currency once, not {entry!r}.")
            amounts[currency] = int(minor)
            if amounts[currency] > MAX_MINOR:
                raise ImproperlyConfigured(f"{name} must be {MAX_MINOR} at most, not {entry!r}.")
        return amounts

    def url(self, name: str, schemes: tuple[str, ...], default: str | None = None) -> str:
        value = self.text(name, default)
        if urlsplit(value).scheme not in schemes:
            raise ImproperlyConfigured(f"{name} must be a URL that starts with {' or '.join(schemes)}://")
        return value

    def keys(self, name: str) -> dict[str, bytes]:
        """`id:base64,id:base64`: named 32-byte keys, the active one first."""
        keys: dict[str, bytes] = {}
        for entry in self.words(name, self.text(name)):
            identity, _, encoded = entry.partition(":")
            try:
                key = base64.b64decode(encoded, validate=True)
            except binascii.Error:
                key = b""
            if not identity or len(identity) > 32 or len(key) != 32:
                raise ImproperlyConfigured(f"{name} must be id:key,… with keys of 32 bytes in base64.")
            keys[identity] = key
        if not keys:
            raise ImproperlyConfigured(f"{name} names no key.")
        return keys


def _read(dotenv: Path) -> dict[str, str]:
    try:
        lines = dotenv.read_text().splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.lstrip().startswith("#"))
    return {name.strip(): value.strip().strip("'\"") for name, value in pairs}
