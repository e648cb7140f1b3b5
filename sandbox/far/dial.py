"""The chaos dial: how badly the far side behaves. Lies are drawn by seed and name, so a run can be repeated in any order."""

import random
from dataclasses import asdict, dataclass, fields
from typing import Any

LONGEST = 86_400.0
"""Seconds that anything waits at most, and how often the far side's own pace can be slowed down."""


@dataclass(frozen=True, slots=True)
class Dial:
    """Shares are from 0 to 1, delays are seconds. All zero is a gateway on its best day."""

    delay: float = 0.0  # callbacks wait up to this much longer, and so overtake each other
    duplicate: float = 0.0  # callbacks that come twice and more
    lose: float = 0.0  # callbacks that never come
    wrong_amount: float = 0.0  # callbacks of a success that name another amount
    errors: float = 0.0  # calls answered 500 or with HTML, half of them after having been carried out
    silence: float = 0.0  # calls carried out and not answered before the caller's patience ends
    silent_for: float = 30.0

    def turned(self, changes: dict[str, Any]) -> "Dial":
        """With some of it changed. Raises ValueError for an unknown name or a value out of range."""
        known = {field.name for field in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"the dial has no {name}; it has {', '.join(sorted(known))}, pace and seed")
            measured(name, value, most=LONGEST if name in {"delay", "silent_for"} else 1.0)
        return Dial(**(asdict(self) | {name: float(value) for name, value in changes.items()}))


def measured(name: str, value: Any, *, most: float) -> float:
    """A number from 0 to `most`. Raises ValueError for any other, for NaN, and for what is no number."""
    # NaN compares as false with everything, so it must be the good ones that are asked for.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError(f"{name} must be a number from 0 to {most:g}, not {value!r:.40}")
    return float(value)


def whole(name: str, value: Any) -> int:
    """Raises ValueError for what is not written as a whole number."""
    if type(value) is not int:
        raise ValueError(f"{name} must be a whole number, not {value!r:.40}")
    return value


def drawn(seed: int, *names: object) -> random.Random:
    """The randomness of one thing: the same for the same seed and names."""
    return random.Random(":".join(map(str, (seed, *names))))
