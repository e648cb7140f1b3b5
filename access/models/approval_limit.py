from django.db import models
from django.db.models import Q


class ApprovalLimit(models.Model):
    """Up to how much one person may do alone. What is not listed needs a second person from the first minor unit on.

    The limits are settings (`APPROVAL_LIMITS_MINOR`), written here by the owner with every migration. They stand in the database
    because the database holds callers to them, and the runtime role can't raise them.
    """

    pk = models.CompositePrimaryKey("kind", "currency")
    kind = models.TextField(help_text="The kind of transfer: allocation, write_off, …")
    currency = models.TextField()
    most_minor = models.BigIntegerField()

    class Meta:
        db_table = "approval_limit"
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(most_minor__gte=0), name="approval_limit_not_negative")]

    def __str__(self) -> str:
        return f"{self.kind} {self.currency} {self.most_minor}"
