from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from core.ids import new_id


class AuditEntry(models.Model):
    """Who did what to which thing, and why. Append-only for everyone; written by `access.services.audit.record` alone."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    actor = models.TextField(help_text="user:…, merchant:…, or system:… for what no person did.")
    act = models.TextField(help_text="What was done, as app.verb: students.charge_fee")
    target = models.TextField(db_index=True, help_text="What it was done to, as text: student:S004, key_…")
    reason = models.TextField()
    before = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    request_id = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "audit_entry"
        ordering = ["-id"]
        verbose_name_plural = "audit entries"
        constraints = [
            models.CheckConstraint(
                condition=~Q(actor="") & ~Q(act="") & ~Q(target="") & ~Q(reason=""), name="audit_entry_says_who_what_and_why"
            )
        ]

    def __str__(self) -> str:
        return f"{self.actor} {self.act} {self.target}"
