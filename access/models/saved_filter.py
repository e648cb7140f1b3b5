from django.db import models
from django.db.models import Q

from access.models.user import User
from core.ids import new_id, public_id


class SavedFilterQuerySet(models.QuerySet["SavedFilter"]):
    def seen_by(self, user: User) -> "SavedFilterQuerySet":
        """Their own, and those that others share."""
        return self.filter(Q(owner=user) | Q(shared=True))


class SavedFilter(models.Model):
    """A list narrowed as someone left it, under a name. It shows nothing that its list would not show to whoever opens it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_filters")
    list_name = models.TextField(help_text="Which list: payments_payment")
    name = models.TextField()
    query = models.TextField(help_text="The list's query string, in one spelling.")
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        db_table = "saved_filter"
        ordering = ["-id"]
        permissions = [
            ("save_filter", "Can save filters of their own"),
            ("share_filter", "Can share saved filters with everyone"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["owner", "list_name", "name"], name="saved_filter_name"),
            models.CheckConstraint(condition=Q(name__regex=r"^.{1,60}$"), name="saved_filter_has_a_name"),
        ]
        indexes = [models.Index(fields=["list_name"], condition=Q(shared=True), name="saved_filter_shared")]

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        return public_id("filter", self.id)
