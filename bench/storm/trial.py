"""What a storm and a journey have in common: a seed that replays them, a directory to work in, and lies told one by one."""

import argparse
import secrets
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.harness.site import Site, SiteError

LIES_SHOWN = 20
Trial = Callable[[argparse.Namespace, Path], list[str]]
"""From options and a directory to what was proved wrong."""


def say(text: str) -> None:
    print(text, flush=True)


def parser_of(name: str, about: str | None, *, count: int, of: str, kills: int) -> argparse.ArgumentParser:
    """The options that both have; `count` things `of` what."""
    parser = argparse.ArgumentParser(prog=f"python -m bench.{name}", description=about)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--count", type=int, default=count, help=of)
    parser.add_argument("--kills", type=int, default=kills, help="of the workers, and of the intakes")
    parser.add_argument("--keep", type=Path, help="a directory to work in, and to leave as it is")
    return parser


def carry_out(trial: Trial, options: argparse.Namespace, name: str, good: str) -> int:
    """Run it and say what came of it, `good` when nothing was proved wrong; the exit code."""
    options.seed = secrets.randbelow(10**6) if options.seed is None else options.seed
    begun = time.monotonic()
    try:
        if options.keep:
            lies = trial(options, options.keep)
        else:
            with tempfile.TemporaryDirectory(prefix=f"bursar-{name}-") as state:
                lies = trial(options, Path(state))
    except SiteError as broken:
        lies = [str(broken)]
    for lie in lies[:LIES_SHOWN]:
        say(f"  LIE {lie}")
    verdict = f"{len(lies)} lies" if lies else good
    say(f"{name} {replay(options)}: {verdict} ({time.monotonic() - begun:.0f} s)")
    return bool(lies)


def replay(options: argparse.Namespace) -> str:
    """The options that bring the same again, those that nobody gave with them: a default may have changed by then."""
    said = {f"--{name}": value for name, value in vars(options).items() if name != "keep"}
    return " ".join(name if value is True else f"{name} {value}" for name, value in said.items() if value is not False)


def with_books(lies: list[str], site: Site) -> list[str]:
    """The lies, and those of `ledger verify`."""
    try:
        say(f"ledger verify: {site.manage('ledger', 'verify').count('✓')} invariants proven")
    except SiteError as lie:
        lies.append(str(lie))
    return lies
