from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from access.models.api_key import ApiKey
from access.models.user import User
from core.ids import new_id


class SignIn(models.Model):
    """One signing in over the API, and the family of refresh tokens that came of it. What ends it ends all its tokens.

    Who signed in with a key may do what the key may, for as long as the key may.
    """

    class Ended(models.TextChoices):
        LOGOUT = "logout", "Signed out"
        REUSE = "reuse", "A spent refresh token came back"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    key = models.ForeignKey(ApiKey, null=True, on_delete=models.PROTECT, related_name="sign_ins")
    believed = models.TextField(help_text="What its user's password and session generation were; another digest ends it.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="However often it is refreshed.")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(choices=Ended.choices, blank=True)

    class Meta:
        db_table = "sign_in"
        default_permissions = ()
        indexes = [models.Index(fields=["expires_at"], name="sign_in_expires")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by="") | Q(ended_at__isnull=False, ended_by__in=["logout", "reuse"]),
                name="sign_in_ended_by_something",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.created_at:%Y-%m-%d %H:%M}"

    def is_good_at(self, instant: datetime) -> bool:
        """Not ended, not too old, its key still valid, and its user still who they were: active, with the same password, not
        signed out everywhere.
        """
        return (
            self.ended_at is None
            and instant < self.expires_at
            and self.user.is_active
            and self.believed == self.user.get_session_auth_hash()
            and (self.key is None or (self.key.is_valid_at(instant) and self.key.holder.is_active))
        )

    def end(self, by: str, at: datetime) -> None:
        """Refuse all its tokens from now on; a second time changes nothing."""
        if self.ended_at is None:
            self.ended_at, self.ended_by = at, by
            self.save(update_fields=["ended_at", "ended_by"])


class RefreshToken(models.Model):
    """Good for one exchange. The unique `replaces` is what makes a second successor impossible, whoever races."""

    SECRET_BYTES: ClassVar[int] = 32

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    sign_in = models.ForeignKey(SignIn, on_delete=models.CASCADE, related_name="refresh_tokens")
    digest = models.BinaryField(unique=True, help_text="A keyed digest; the token itself is known to its holder alone.")
    replaces = models.OneToOneField("self", null=True, on_delete=models.CASCADE, related_name="successor")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "refresh_token"
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_spent(self) -> bool:
        return hasattr(self, "successor")
