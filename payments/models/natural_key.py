from django.db import models
from django.db.models import Q


class NaturalKey(models.Model):
    """(gateway, kind, reference) → payment, for ever: how the same fact is known when it comes again.

    An intent key (our reference, a checkout id) finds the payment. A movement key (a receipt) also books: `booked_minor` is set
    once and never changes. A reference that is both is one row. `confirms` marks a receipt that names money another key booked.
    """

    pk = models.CompositePrimaryKey("gateway", "kind", "reference")
    gateway = models.TextField()
    kind = models.TextField()
    reference = models.TextField()
    payment_id = models.UUIDField()
    booked_minor = models.BigIntegerField(null=True)
    confirms = models.BooleanField(default=False)

    class Meta:
        db_table = "natural_key"
        indexes = [models.Index(fields=["payment_id"], name="natural_key_payment")]
        constraints = [
            models.CheckConstraint(condition=Q(booked_minor__isnull=True) | Q(booked_minor__gt=0), name="natural_key_booked")
        ]

    def __str__(self) -> str:
        return f"{self.gateway}:{self.kind}:{self.reference}"
