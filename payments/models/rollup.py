"""Figures that the worker keeps, so that no page counts millions of rows. All of it can be thrown away and counted anew.

A day and an hour are the school's own, by the clock on its wall. Days on which clocks change have their 23 or 25 hours in them.
"""

from django.db import models
from django.db.models import Q

from payments.statuses import Status

WHOLE_DAY = 24
"""Stands for all 24 hours in an `hour` column."""


class PaymentRollup(models.Model):
    """What became of payments in one hour, or one whole day, of the school.

    Money is counted when it was booked. A payment counts in one outcome only, its present one, when it came to it: a late
    success takes the failure back from the hour in which it was counted. `final` rows are counted once and for ever; the others
    are the newest steps, counted anew with every pass. What is true is the sum of both.
    """

    pk = models.CompositePrimaryKey("hour", "day", "gateway", "currency", "method", "final")
    hour = models.SmallIntegerField(help_text="0 to 23, or 24 for the whole day.")
    day = models.DateField()
    gateway = models.TextField()
    currency = models.TextField()
    method = models.TextField()
    final = models.BooleanField()
    bookings = models.BigIntegerField(help_text="How many times money came.")
    booked_minor = models.BigIntegerField(help_text="How much came, in minor units.")
    succeeded = models.BigIntegerField()
    failed = models.BigIntegerField()
    cancelled = models.BigIntegerField()
    expired = models.BigIntegerField()

    class Meta:
        db_table = "payment_rollup"
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(hour__range=(0, WHOLE_DAY)), name="payment_rollup_hour")]
        indexes = [models.Index(fields=["day"], condition=Q(final=False), name="payment_rollup_newest")]

    def __str__(self) -> str:
        return f"{self.day} {self.hour} {self.gateway} {self.currency} {self.method}"


class LatencyRollup(models.Model):
    """How many bookings of a day took at most 10^(tenths/10) ms from receipt to settlement, and more than the step before.

    Each step is a quarter above the one before it, so a percentile is read to that.
    """

    pk = models.CompositePrimaryKey("day", "gateway", "tenths", "final")
    day = models.DateField()
    gateway = models.TextField()
    tenths = models.SmallIntegerField()
    final = models.BooleanField()
    bookings = models.BigIntegerField()

    class Meta:
        db_table = "latency_rollup"
        default_permissions = ()
        indexes = [models.Index(fields=["day"], condition=Q(final=False), name="latency_rollup_newest")]

    def __str__(self) -> str:
        return f"{self.day} {self.gateway} ≤ 10^{self.tenths}/10 ms"


class AccountRollup(models.Model):
    """What all accounts of one kind of owner hold together (`student`, `wallet`, …), above and below zero apart."""

    pk = models.CompositePrimaryKey("word", "currency")
    word = models.TextField(help_text="The first word of their codes.")
    currency = models.TextField()
    above = models.BigIntegerField(help_text="How many hold more than zero, in the account's natural sign.")
    above_minor = models.BigIntegerField()
    below = models.BigIntegerField()
    below_minor = models.BigIntegerField(help_text="How far below zero, as a positive number.")
    counted_at = models.DateTimeField()

    class Meta:
        db_table = "account_rollup"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.word} {self.currency}"


class WaitingPayment(models.Model):
    """A payment of which the gateway has not said how it ended. Found here, because an index on status would slow settling."""

    STATUSES = (Status.CREATED, Status.PENDING, Status.REQUIRES_ACTION, Status.UNKNOWN)

    SILENT_MINUTES = 15
    """A gateway that says nothing for so long has most likely forgotten."""

    payment_id = models.UUIDField(primary_key=True)
    gateway = models.TextField()
    status = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "waiting_payment"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.payment_id} {self.status}"


class UnnamedPayment(models.Model):
    """A payment that was counted before anyone had said by which method it is paid. Once it is said, its counts move there."""

    payment_id = models.UUIDField(primary_key=True)

    class Meta:
        db_table = "unnamed_payment"
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.payment_id)


class RollupState(models.Model):
    """How far the counting has come. One row, whose lock is held by whoever counts.

    Steps with an id below `mark` are in the final rows. `next_mark` may take its place as soon as no transaction older than
    `next_xid` is left.
    """

    name = models.TextField(primary_key=True)
    mark = models.UUIDField()
    next_mark = models.UUIDField()
    next_xid = models.BigIntegerField()
    zone = models.TextField(help_text="Whose days and hours these are.")
    counted_at = models.DateTimeField(null=True)
    seconds = models.FloatField(default=0.0, help_text="What the last pass took.")

    class Meta:
        db_table = "rollup_state"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name} up to {self.mark}"
