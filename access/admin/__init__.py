"""People, keys and the audit trail in the back office."""

from access.admin import approvals, audit_entries, gateway_tokens, groups, merchants, saved_filters, users
from access.services import audit
from core.admin import trail

trail.keep(audit.record)

__all__ = ["approvals", "audit_entries", "gateway_tokens", "groups", "merchants", "saved_filters", "users"]
