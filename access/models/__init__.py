from access.models.user import User

__all__ = ["User"]
