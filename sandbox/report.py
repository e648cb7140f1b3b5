"""What a run says of itself: a bar while it goes on, a few lines when it is over."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sandbox.outcomes import Outcomes
from sandbox.sending import Answer


class Step(Protocol):
    def __call__(self, done: int) -> None: ...


@contextmanager
def progress(what: str, total: int, out: TextIO) -> Iterator[Step]:
    """Yields a function to call with how much is done: a bar on a terminal, a line for each tenth elsewhere."""
    if not out.isatty():
        yield _Tenths(what, total, out)
        return
    columns = (TextColumn("{task.description:>8}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=out), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)


class _Tenths:
    def __init__(self, what: str, total: int, out: TextIO) -> None:
        self._what, self._total, self._out, self._told = what, total, out, 0

    def __call__(self, done: int) -> None:
        tenth = done * 10 // self._total if self._total else 10
        if tenth > self._told:
            self._told = tenth
            self._out.write(f"{self._what:>8} {done:,} of {self._total:,}\n")
            self._out.flush()


@dataclass(frozen=True, slots=True)
class Summary:
    """A finished run: every answer, every outcome, and how long the sending took."""

    answers: Sequence[Answer]
    outcomes: Outcomes
    seconds: float
    seed: int

    @property
    def acked(self) -> int:
        return sum(answer.acked for answer in self.answers)

    @property
    def rejected(self) -> int:
        return sum(400 <= answer.status < 500 and answer.status != 429 for answer in self.answers)

    def lies(self) -> list[str]:
        """What may not be: nothing acknowledged at all, an acknowledged delivery that is not stored, or not decided."""
        found: list[str] = [] if self.acked else ["Nothing was acknowledged."]
        if self.outcomes.stored < self.acked:
            found.append(f"{self.acked:,} were acknowledged, only {self.outcomes.stored:,} are stored.")
        if self.outcomes.undecided:
            found.append(f"{self.outcomes.undecided:,} stored deliveries are not decided.")
        return found

    def lines(self) -> list[str]:
        verdicts = self.outcomes.verdicts
        sent = len(self.answers)
        again = sum(answer.attempts - 1 for answer in self.answers)
        acks = percentiles([answer.seconds for answer in self.answers if answer.acked])
        return [
            f"  sent         {sent:>9,}   in {self.seconds:.1f} s, {sent / self.seconds:,.0f}/s, {again:,} sent again",
            f"  acked        {self.acked:>9,}   {acks} from due to acknowledged",
            f"  settled      {verdicts['settled']:>9,}   {percentiles(self.outcomes.settled_seconds)} from receipt to settled",
            f"  duplicates   {verdicts['duplicate']:>9,}",
            f"  recorded     {verdicts['recorded']:>9,}   states without money",
            f"  conflicts    {verdicts['conflict']:>9,}   for staff to see",
            f"  quarantined  {verdicts['quarantined'] + verdicts['poison']:>9,}   for staff to see",
            f"  rejected     {self.rejected:>9,}",
            f"  unanswered   {sent - self.acked - self.rejected:>9,}",
            f"  seed         {self.seed:>9}   the same seed sends the same notifications",
        ]


def percentiles(seconds: Sequence[float]) -> str:
    """p50, p95 and p99 in milliseconds; each is a value that occurred."""
    if not seconds:
        return "nothing to measure"
    ordered = sorted(seconds)
    shown = (f"p{share} {ordered[min(len(ordered) - 1, len(ordered) * share // 100)] * 1000:.1f} ms" for share in (50, 95, 99))
    return "  ".join(shown)
