"""The back office: what every app's admin is made of, and core's own lists."""

from core.admin import exception_items

__all__ = ["exception_items"]
