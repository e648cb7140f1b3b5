"""The inbox in the back office."""

from webhooks.admin import event_acts, exception_acts, inbound_events, panels, rejects

__all__ = ["event_acts", "exception_acts", "inbound_events", "panels", "rejects"]
