"""What staff prove beside their password: the codes of an authenticator app, and recovery codes on paper for when it is lost."""

import re
import secrets
from base64 import b32encode
from datetime import datetime
from typing import ClassVar
from urllib.parse import quote, urlencode

from django.db import models
from django_otp.models import Device
from django_otp.oath import TOTP

from access.models.user import User
from core.crypto import keyed_digest
from core.fields import EncryptedBytesField
from core.ids import new_id

_SIX_DIGITS = re.compile(r"[0-9]{6}", re.ASCII)
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_NOT_IN_A_CODE = re.compile(r"[\s-]+")


class Authenticator(Device):  # type: ignore[misc] # django-otp has no types
    """The app that shows one person a code every half minute (TOTP, RFC 6238), its key encrypted at rest.

    django-otp's own TOTPDevice keeps the key in plain hex, so this is a device of ours on its base class. It is written when its
    first code has proved that the app holds the key; until then the key is in the session alone.
    """

    TOLERANCE: ClassVar[int] = 1
    """Half minutes that a phone's clock may be early or late."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="authenticator")
    name = None
    key = EncryptedBytesField(help_text="Twenty random bytes.")
    last_step = models.BigIntegerField(help_text="The half minute of the last code accepted; only later ones are.")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField()

    class Meta:
        db_table = "authenticator"
        default_permissions = ()

    def __str__(self) -> str:
        return f"authenticator of {self.user_id}"

    @property
    def persistent_id(self) -> str:
        """How a session names it. django-otp reads the key as an integer."""
        return f"{self.model_label()}/{self.pk.int}"

    def accept(self, code: str, at: datetime) -> bool:
        """Take a code of this half minute or one beside it, once: none as old as the last one taken. Lock the row first."""
        step = step_of(bytes(self.key), code, at, later_than=self.last_step)
        if step is None:
            return False
        self.last_step, self.last_used_at = step, at
        self.save(update_fields=["last_step", "last_used_at"])
        return True


class RecoveryCodeQuerySet(models.QuerySet["RecoveryCode"]):
    def unused(self) -> "RecoveryCodeQuerySet":
        return self.filter(used_at=None)


class RecoveryCode(models.Model):
    """One code on paper that stands in for the authenticator, once. Only a keyed digest is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    objects = RecoveryCodeQuerySet.as_manager()

    class Meta:
        db_table = "recovery_code"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return f"recovery code of {self.user_id}"


def step_of(key: bytes, code: str, at: datetime, *, later_than: int = -1) -> int | None:
    """The half minute whose code this is, near `at` and after `later_than`; None when it is no such code."""
    if not _SIX_DIGITS.fullmatch(code):
        return None
    totp = TOTP(key)
    totp.time = at.timestamp()
    right = totp.verify(int(code), tolerance=Authenticator.TOLERANCE, min_t=later_than + 1)
    return int(totp.t()) if right else None


def provisioning_uri(key: bytes, *, issuer: str, account: str) -> str:
    """What an authenticator app reads from the QR code (Google's Key URI format); what it leaves out is as that presumes."""
    label = quote(f"{issuer}:{account}", safe=":@")
    asked = {"secret": b32encode(key).decode(), "issuer": issuer}
    return f"otpauth://totp/{label}?{urlencode(asked, quote_via=quote)}"


def fresh_recovery_code() -> str:
    """Twelve letters and digits that nobody mistakes for one another: 59 bits."""
    letters = [secrets.choice(_LETTERS) for _ in range(12)]
    return "-".join("".join(letters[start : start + 4]) for start in (0, 4, 8))


def as_typed(text: str) -> str:
    """A code without the spaces, hyphens and capitals that people and phones add."""
    return _NOT_IN_A_CODE.sub("", text).lower()


def recovery_digest(code: str) -> bytes:
    """What is kept of a recovery code."""
    return keyed_digest("recovery_code", as_typed(code))
