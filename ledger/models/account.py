from typing import Any

from django.db import models, transaction
from django.db.models import Case, F, Q, Sum, When
from django.db.models.functions import Now, Right

from ledger import chart
from ledger.errors import AccountInUse


class AccountQuerySet(models.QuerySet["Account"]):
    def with_balance(self) -> "models.QuerySet[Any]":
        """Annotate `posted_minor` in the account's natural sign, and `held_minor`: Σ over its balance rows, in one statement."""
        debit, credit = Sum("balances__debits_minor", default=0), Sum("balances__credits_minor", default=0)
        return self.annotate(
            posted_minor=Case(When(kind__in=Account.DEBIT_NORMAL, then=debit - credit), default=credit - debit),
            held_minor=Sum("balances__held_minor", default=0),
        )


class Account(models.Model):
    """A ledger book in one currency. What it is never changes; its state and owner may. It is closed, never removed."""

    class Kind(models.TextChoices):
        ASSET = "asset", "Asset"
        LIABILITY = "liability", "Liability"
        INCOME = "income", "Income"
        EXPENSE = "expense", "Expense"
        EQUITY = "equity", "Equity"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        REVIEW = "review", "Under review"
        FROZEN = "frozen", "Frozen"
        CLOSED = "closed", "Closed"

    DEBIT_NORMAL = (Kind.ASSET, Kind.EXPENSE)

    id = models.BigAutoField(primary_key=True)
    code = models.TextField()
    kind = models.TextField(choices=Kind.choices)
    currency = models.TextField()
    guarded = models.BooleanField(default=False, help_text="May not fall below zero.")
    slots = models.SmallIntegerField(default=1, help_text="How many balance rows share its movements.")
    state = models.TextField(choices=State.choices, default=State.OPEN)
    owner = models.TextField(blank=True, help_text="Whose it is: student:S004, merchant:…; empty for the school's own.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "account"
        ordering = ["code"]
        constraints = [
            # A constraint, because unique=True on a text would bring a second index, for LIKE.
            models.UniqueConstraint(fields=["code"], name="account_code_key"),
            models.CheckConstraint(condition=Q(code__regex=r"^[a-z]+(:[^:[:space:][:cntrl:]]{1,50})+$"), name="account_code"),
            models.CheckConstraint(
                condition=Q(code__startswith="wallet:") | Q(currency=Right("code", 3)),
                name="account_code_names_currency",
            ),
            models.CheckConstraint(
                condition=Q(owner="") | Q(owner__regex=r"^[a-z][a-z0-9_]*:[^:[:space:][:cntrl:]]{1,50}$"), name="account_owner"
            ),
            # Transfers, holds and balances point at these pairs, so that none of them can disagree with its account.
            models.UniqueConstraint(fields=["id", "currency"], name="account_currency_key"),
            models.UniqueConstraint(fields=["id", "guarded"], name="account_guarded_key"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="account_currency"),
            models.CheckConstraint(
                condition=Q(kind__in=["asset", "liability", "income", "expense", "equity"]), name="account_kind"
            ),
            models.CheckConstraint(condition=Q(state__in=["open", "review", "frozen", "closed"]), name="account_state"),
            models.CheckConstraint(
                condition=Q(guarded=False) | Q(kind__in=["liability", "income", "equity"], slots=1), name="account_guarded"
            ),
            models.CheckConstraint(condition=Q(slots__range=(1, 64)), name="account_slots"),
        ]
        indexes = [models.Index(fields=["owner"], condition=~Q(owner=""), name="account_owner_idx")]

    def __str__(self) -> str:
        return self.code

    @property
    def sign(self) -> int:
        """+1 where debits make the balance grow, -1 where credits do."""
        return 1 if self.kind in self.DEBIT_NORMAL else -1

    def review(self) -> None:
        """Everything is booked, and staff look at it."""
        self._become(self.State.REVIEW)

    def freeze(self) -> None:
        """From now on only facts are booked."""
        self._become(self.State.FROZEN)

    def reopen(self) -> None:
        self._become(self.State.OPEN)

    def close(self) -> None:
        """Raises AccountInUse while it carries money or holds."""
        self._become(self.State.CLOSED, empty=True)

    def assign(self, owner: str) -> None:
        """Give it to another owner, `<word>:<id>`."""
        self.owner = chart.checked_owner(owner)
        self.save(update_fields=["owner"])

    def _become(self, state: str, *, empty: bool = False) -> None:
        """Locks the balance rows, so that no transfer in flight has seen the state before."""
        with transaction.atomic():
            rows = list(self.balances.order_by("slot").select_for_update(no_key=True))
            net = sum(row.debits_minor - row.credits_minor for row in rows)
            if empty and (net != 0 or any(row.held_minor > 0 for row in rows)):
                raise AccountInUse(f"{self.code} still carries money or holds.")
            self.state = state
            self.save(update_fields=["state"])


class Balance(models.Model):
    """One of an account's running sums. A hot account has several, and its balance is their total."""

    pk = models.CompositePrimaryKey("account_id", "slot")
    account = models.ForeignKey(Account, models.PROTECT, related_name="balances", db_constraint=False, db_index=False)
    slot = models.SmallIntegerField()
    guarded = models.BooleanField(help_text="A copy of the account's, for the CHECK.")
    debits_minor = models.BigIntegerField(default=0)
    credits_minor = models.BigIntegerField(default=0)
    held_minor = models.BigIntegerField(default=0)

    class Meta:
        db_table = "balance"
        constraints = [
            models.CheckConstraint(
                condition=Q(debits_minor__gte=0, credits_minor__gte=0, held_minor__gte=0), name="balance_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(guarded=False) | Q(credits_minor__gte=F("debits_minor") + F("held_minor")), name="balance_guarded"
            ),
            models.CheckConstraint(condition=Q(guarded=True, slot=0) | Q(guarded=False, held_minor=0), name="balance_held"),
            models.CheckConstraint(condition=Q(slot__gte=0), name="balance_slot"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}/{self.slot}"
