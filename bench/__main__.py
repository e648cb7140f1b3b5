"""`python -m bench [name…]`: how fast, how late, how big; each against a floor measured in the same run, or an aim.

Absolute figures swing with the machine and with who else works on it; ratios hold.
"""

import argparse
import sys
from collections.abc import Callable

from bench import api, growth, intake, latency, memory, pages, settlement
from bench.harness.options import Options
from bench.harness.site import SiteError

BENCHMARKS: dict[str, Callable[[Options], None]] = {
    "intake": intake.run,
    "settlement": settlement.run,
    "latency": latency.run,
    "growth": growth.run,
    "memory": memory.run,
    "pages": pages.run,
    "api": api.run,
}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(BENCHMARKS)}; all when none is given")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8.0, help="of load in each round")
    parser.add_argument("--events", type=int, default=20_000, help="in a full inbox")
    parser.add_argument("--payments", type=_numbers, default=(1_000_000, 5_000_000), help="already there, for growth and pages")
    parser.add_argument("--connections", type=int, default=64)
    options = parser.parse_args()
    unknown = set(options.names) - BENCHMARKS.keys()
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    chosen = Options(options.rounds, options.seconds, options.events, options.payments, options.connections)
    for name in options.names or BENCHMARKS:
        try:
            BENCHMARKS[name](chosen)
        except SiteError as broken:
            print(f"{name}: {broken}", file=sys.stderr)
            return 1
        print(flush=True)
    return 0


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(","))


if __name__ == "__main__":
    sys.exit(main())
