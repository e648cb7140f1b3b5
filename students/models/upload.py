from datetime import datetime

from django.db import models
from django.db.models import Q

from core.fields import EncryptedBytesField
from core.ids import new_id, public_id


class Upload(models.Model):
    """A file that staff handed in, kept from the preview to the confirmation: what is confirmed is what was looked at.

    It is applied once. Then its contents are gone; what they were stands in the trail by their digest.
    """

    class Kind(models.TextChoices):
        STUDENTS = "students", "Students"
        FEES = "fees", "Fees"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.TextField(choices=Kind.choices)
    name = models.TextField(help_text="The file's name, as the browser told it.")
    contents = EncryptedBytesField(null=True, help_text="Until it is applied.")
    digest = models.TextField(help_text="SHA-256 of the contents, in hex.")
    uploaded_by = models.TextField(help_text="The actor: user:…")
    created_at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(null=True)
    taken = models.IntegerField(null=True, help_text="How many of its rows were new.")

    class Meta:
        db_table = "upload"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["students", "fees"]), name="upload_kind"),
            models.CheckConstraint(
                condition=Q(applied_at__isnull=True, taken__isnull=True, contents__isnull=False)
                | Q(applied_at__isnull=False, taken__isnull=False, contents__isnull=True),
                name="upload_is_applied_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        return public_id("upload", self.id)

    def finish(self, *, taken: int, at: datetime) -> None:
        """Its rows are in the books; its contents are no longer needed."""
        self.taken, self.applied_at, self.contents = taken, at, None
        self.save(update_fields=["taken", "applied_at", "contents"])
