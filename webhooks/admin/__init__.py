"""The inbox in the back office."""

from webhooks.admin import inbound_events, rejects

__all__ = ["inbound_events", "rejects"]
