from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """How much of everything: rounds each contender runs, seconds of load a round, events in a full inbox, payments before."""

    rounds: int
    seconds: float
    events: int
    payments: tuple[int, ...]
    connections: int
