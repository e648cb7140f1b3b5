from typing import NamedTuple


class Settled(NamedTuple):
    """How many payments were settled in which time, and the processor time it took of Python and of PostgreSQL."""

    decided: int
    seconds: float
    python: float
    postgres: float

    @property
    def rate(self) -> float:
        return self.decided / self.seconds if self.decided else 0.0

    def cost(self) -> str:
        """Microseconds of processor time a payment."""
        each = 1e6 / max(self.decided, 1)
        return f"{self.python * each:>10.0f} of Python, {self.postgres * each:.0f} of PostgreSQL"
