from django.db import models


class QueueState(models.Model):
    """One drain's lease and its exact counters, both moved in the same transaction as the work they speak of.

    The lease keeps a second drain from idling beside the first. It guards nothing: correctness is the row locks' business.
    """

    name = models.TextField(primary_key=True)
    holder = models.TextField(blank=True)
    leased_until = models.DateTimeField(null=True)
    completed = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)

    class Meta:
        db_table = "queue_state"

    def __str__(self) -> str:
        return self.name
