from access.models.audit_entry import AuditEntry
from access.models.user import User

__all__ = ["AuditEntry", "User"]
