"""What the dashboard knows, each figure with the way to the rows behind it. Money is in minor units, nothing is formatted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True, slots=True)
class Rows:
    """Where rows are listed: a list of the back office, as in `payments_payment`, and its filters; or one page, `about` a row."""

    model: str
    filters: Mapping[str, str] = field(default_factory=dict)
    about: str = ""

    @property
    def url(self) -> str:
        """ "" while there is no such page."""
        try:
            if self.about:
                return reverse(f"admin:{self.model}_change", args=[self.about])
            return reverse(f"admin:{self.model}_changelist") + (f"?{urlencode(self.filters)}" if self.filters else "")
        except NoReverseMatch:
            return ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """So many rows wait for a human; `oldest` for the longest. `kind` and `reason` say which, where there are several."""

    kind: str
    reason: str
    count: int
    oldest: datetime
    rows: Rows


@dataclass(frozen=True, slots=True)
class Inbox:
    """What gateways told us and nobody has decided; `oldest_seconds` is how far behind that is."""

    waiting: int
    oldest_seconds: float
    rows: Rows


@dataclass(frozen=True, slots=True)
class Attention:
    """What needs a human. `stuck` are payments whose gateway has kept silent for too long, by status. `gateways` do not answer:
    each with its name as the kind and what its last call failed of as the reason.
    """

    exceptions: tuple[Waiting, ...]
    approvals: Waiting | None
    stuck: tuple[Waiting, ...]
    gateways: tuple[Waiting, ...]
    inbox: Inbox

    @property
    def total(self) -> int:
        """Everything that someone should do something about."""
        return sum(waiting.count for waiting in (*self.exceptions, *self.stuck, *self.gateways)) + (
            self.approvals.count if self.approvals else 0
        )


@dataclass(frozen=True, slots=True)
class Money:
    """What came, in one currency, through one gateway or (`gateway` "") through all.

    `before_minor` is the whole span before. A span that is not over is compared by what had come until the last full hour, and
    until the same hour of the span before: `so_far_minor` and `before_so_far_minor`.
    """

    gateway: str
    currency: str
    minor: int
    bookings: int
    before_minor: int
    before_bookings: int
    so_far_minor: int
    before_so_far_minor: int
    rows: Rows
    before_rows: Rows

    @property
    def change(self) -> float | None:
        """By how much more has come so far than by then in the span before: 0.25 is a quarter more. None after nothing."""
        return self.so_far_minor / self.before_so_far_minor - 1 if self.before_so_far_minor else None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How payments ended; each counts once, as what it is now, on the day it came to be that."""

    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    expired: int = 0

    @property
    def ended(self) -> int:
        return self.succeeded + self.failed + self.cancelled + self.expired

    @property
    def rate(self) -> float | None:
        """Successes among all that ended, from 0 to 1; None when nothing did."""
        return self.succeeded / self.ended if self.ended else None

    def __add__(self, other: "Outcomes") -> "Outcomes":
        return Outcomes(
            self.succeeded + other.succeeded,
            self.failed + other.failed,
            self.cancelled + other.cancelled,
            self.expired + other.expired,
        )


@dataclass(frozen=True, slots=True)
class Latency:
    """How long bookings took from receipt to settlement, in milliseconds: half, 95 % and 99 % of them took at most that.

    Read from steps a quarter apart, and never too low. `gateway` "" is all of them.
    """

    gateway: str
    bookings: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Period:
    """One of today, this week, this month. `totals` are by currency, `money` by gateway and currency; most bookings first."""

    name: str
    first: date
    last: date
    before_first: date
    before_last: date
    totals: tuple[Money, ...]
    money: tuple[Money, ...]
    outcomes: Outcomes
    before_outcomes: Outcomes
    outcomes_by_gateway: Mapping[str, Outcomes]
    latency: Latency | None
    latency_by_gateway: tuple[Latency, ...]
    rows: Rows


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the history, in one currency."""

    day: date
    minor: int
    bookings: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What came and how payments ended. `history` has every day of the last ninety by currency, oldest first.

    Everything is as of `counted_at`; None when nobody has counted yet.
    """

    counted_at: datetime | None
    today: Period
    week: Period
    month: Period
    history: Mapping[str, tuple[Day, ...]]


@dataclass(frozen=True, slots=True)
class Fees:
    """What students owe in one currency, and apart from it the credit of those who paid more than they owe."""

    currency: str
    owed_minor: int
    owing: int
    credit_minor: int
    in_credit: int
    counted_at: datetime
    rows: Rows
    credit_rows: Rows


@dataclass(frozen=True, slots=True)
class Suspense:
    """Money in one currency whose owner is not known yet."""

    currency: str
    minor: int
    rows: Rows


@dataclass(frozen=True, slots=True)
class Books:
    fees: tuple[Fees, ...]
    suspense: tuple[Suspense, ...]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """All of it, at one time of the school's wall clock."""

    now: datetime
    attention: Attention
    settled: Settled
    books: Books
