"""Contenders take turns, so that whatever else the machine does befalls them alike; what counts is the median and the ratio."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

Contender = Callable[[int], float]
"""Called with the number of the round; returns what it measured."""


@dataclass(frozen=True, slots=True)
class Series:
    """What one contender measured, round by round."""

    values: list[float]

    @property
    def median(self) -> float:
        return median(self.values)

    def __str__(self) -> str:
        return f"{self.median:>10,.0f}   ({min(self.values):,.0f} to {max(self.values):,.0f})"


def interleaved(contenders: Mapping[str, Contender], rounds: int) -> dict[str, Series]:
    """Each contender once a round, in an order that turns with every round."""
    series: dict[str, list[float]] = {name: [] for name in contenders}
    order = list(contenders)
    for number in range(rounds):
        for name in order:
            series[name].append(contenders[name](number))
        order.reverse()
    return {name: Series(values) for name, values in series.items()}


def ratio(contender: Series, floor: Series) -> Series:
    """Round by round: the two of one round had the same weather."""
    return Series([one / other for one, other in zip(contender.values, floor.values, strict=True)])
