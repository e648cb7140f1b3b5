"""People, keys and the audit trail in the back office."""

from access.admin import audit_entries, gateway_tokens, groups, merchants, users

__all__ = ["audit_entries", "gateway_tokens", "groups", "merchants", "users"]
