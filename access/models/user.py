from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from core.ids import new_id


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user who signs in with `email`; no password means that none will ever match."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person: staff, student or payer. Signs in by e-mail."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    full_name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="May enter the back office.")
    session_generation = models.PositiveIntegerField(default=0, db_default=0, help_text="Raised to end every session there is.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "user_account"
        constraints = [models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower_case")]

    def __str__(self) -> str:
        return self.full_name or self.email

    @property
    def actor(self) -> str:
        """How this person is named as an actor: in audit rows, events, idempotency keys."""
        return f"user:{self.id}"

    def end_sessions(self) -> None:
        """Sign out everywhere, for good: also a session that slept while the user was switched off. Lock the user first."""
        self.session_generation += 1
        self.save(update_fields=["session_generation"])

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session must know to be believed: Django's, which changes with the password, and our generation with it."""
        known = f"{self.session_generation}:{self.password}"
        return salted_hmac("access.User.session", known, secret=secret, algorithm="sha256").hexdigest()

    def get_full_name(self) -> str:
        """How the back office greets this person: Django's own name for it."""
        return str(self)
