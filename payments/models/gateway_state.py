from django.db import models
from django.db.models import Q

from core.ids import new_id, public_id


class GatewayState(models.Model):
    """How a gateway has been answering: its circuit breaker, shared by all workers.

    closed: calls go out. open: it failed too often, nothing is sent before `retry_at`. half_open: one call at a time tries it.
    """

    class Circuit(models.TextChoices):
        CLOSED = "closed", "Answers"
        OPEN = "open", "Does not answer"
        HALF_OPEN = "half_open", "Is being tried"

    gateway = models.TextField(primary_key=True)
    circuit = models.TextField(choices=Circuit.choices, default=Circuit.CLOSED)
    failures = models.IntegerField(default=0, help_text="In a row.")
    last_error = models.TextField(blank=True)
    failed_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True, help_text="When it last answered; to within ten seconds.")
    retry_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "gateway_state"
        constraints = [
            models.CheckConstraint(condition=Q(circuit__in=["closed", "open", "half_open"]), name="gateway_state_circuit"),
            models.CheckConstraint(condition=Q(failures__gte=0), name="gateway_state_failures"),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.circuit}"


class PaymentRoute(models.Model):
    """Which gateway takes a method in a currency: a table that staff may change. `*` is any currency without a row of its own."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    method = models.TextField()
    currency = models.TextField()
    gateway = models.TextField()
    is_open = models.BooleanField(default=True, help_text="Closed: nothing new is asked by this way.")

    class Meta:
        db_table = "payment_route"
        ordering = ["-id"]
        permissions = [("route", "Can open and close routes, and say which gateway takes them")]
        constraints = [models.UniqueConstraint(fields=["method", "currency"], name="payment_route_one_each")]

    def __str__(self) -> str:
        return f"({self.method}, {self.currency}) → {self.gateway}"

    @property
    def public_id(self) -> str:
        return public_id("route", self.id)
