"""Charts of the back office: drawn by Chart.js from data in the page, and told in a table to whoever does not see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.safestring import SafeString


@dataclass(frozen=True)
class Bar:
    """One bar: what stands below it, how high it is, how that is said, and the rows behind it."""

    label: str
    value: int
    said: str
    url: str
    cells: Sequence[SafeString]


@dataclass(frozen=True)
class Chart:
    """Bars, the oldest first. `name` is its id in the page; values are minor units, of which 10^`places` make one."""

    template: ClassVar[str] = "back_office/blocks/chart.html"
    name: str
    title: str
    note: str
    unit: str
    places: int
    bars: Sequence[Bar]
    columns: Sequence[str]

    @property
    def data(self) -> dict[str, Any]:
        """What the script draws."""
        return {
            "labels": [bar.label for bar in self.bars],
            "values": [bar.value for bar in self.bars],
            "said": [bar.said for bar in self.bars],
            "urls": [bar.url for bar in self.bars],
            "unit": self.unit,
            "places": self.places,
        }

    @property
    def summary(self) -> str:
        """The chart in one sentence."""
        highest = max(self.bars, key=lambda bar: bar.value)
        return (
            f"{self.title}: a bar for each of {len(self.bars)} days, the highest {highest.said}. The table below says the same."
        )

    @property
    def newest_first(self) -> list[Bar]:
        return [bar for bar in reversed(self.bars) if bar.value]
