from django.db import models

from core.ids import new_id


class Event(models.Model):
    """A fact of ours (`payment.succeeded`), written in the same database transaction as the change it tells of.

    Partitioned by month on the id and immutable. Whom it concerns is text (`merchant:…`, `student:S004`), never a foreign key.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    type = models.TextField()
    subject = models.TextField(help_text="Public id of the thing that changed.")
    owner = models.TextField(blank=True, help_text="Whose it is, as text: merchant:…, student:…, user:…")
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "event"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.type} {self.subject}"
