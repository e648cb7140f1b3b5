"""`python -m bench.chaos`: everything is killed under load, and then every acknowledged notification is proven to count once.

The seed decides what is sent and what is killed when; the same seed brings the same storm.
"""

import argparse
import asyncio
import secrets
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

from bench.harness.school import name_of
from bench.harness.site import Site, SiteError
from bench.storm import books, disasters, plan
from bench.storm.proof import Proof
from sandbox.cellulant.notification import delivery
from sandbox.sending import Answer, send

FEE_MINOR = 1_000_000_00
INACTIVE = 2
PATIENCE = 300.0
LIES_SHOWN = 20


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--count", type=int, default=20_000, help="notifications")
    parser.add_argument("--students", type=int, default=50)
    parser.add_argument("--repeated", type=float, default=0.3, help="share of the notifications that are copies")
    parser.add_argument("--kills", type=int, default=5, help="of the workers, and of the intakes")
    parser.add_argument("--rate", type=float, default=300.0, help="notifications a second")
    parser.add_argument("--keep", type=Path, help="a directory to work in, and to leave as it is")
    options = parser.parse_args()
    options.seed = secrets.randbelow(10**6) if options.seed is None else options.seed
    begun = time.monotonic()
    try:
        if options.keep:
            lies = storm(options, options.keep)
        else:
            with tempfile.TemporaryDirectory(prefix="bursar-chaos-") as state:
                lies = storm(options, Path(state))
    except SiteError as broken:
        lies = [str(broken)]
    for lie in lies[:LIES_SHOWN]:
        say(f"  LIE {lie}")
    verdict = f"{len(lies)} lies" if lies else "every acknowledged notification counts once; the books are exact"
    say(f"chaos --seed {options.seed} --count {options.count}: {verdict} ({time.monotonic() - begun:.0f} s)")
    return bool(lies)


def storm(options: argparse.Namespace, state: Path) -> list[str]:
    """One storm from beginning to end; what it proved wrong."""
    students = [name_of(number) for number in range(options.students)]
    drawn = plan.draw(count=options.count, repeated=options.repeated, students=students, seed=options.seed)
    say(f"seed {options.seed}: {len(drawn.references):,} payments, {len(drawn.sending):,} notifications")
    with Site(state, intakes=2, workers=2) as site:
        site.enroll(options.students, fee_minor=FEE_MINOR, inactive=INACTIVE)
        site.start_processes()
        say("the site is ready; the storm begins")
        answers, bringer = bring(site, drawn, options)
        say(f"all answered, {sum(a.attempts for a in answers) - len(answers):,} sent again, {bringer.brought} disasters survived")
        say(f"the inbox is empty after {site.wait_decided(within=PATIENCE):.1f} s more")
        site.stop_processes()
        with site.connect() as connection:
            found = books.read(connection, site.sealing_key)
        total = sum(found.verdicts.values(), Counter[str]())
        say("decided: " + ", ".join(f"{count:,} {verdict}" for verdict, count in total.most_common()))
        proof = Proof(drawn, answers, found, dict.fromkeys(students, FEE_MINOR), set(students[:INACTIVE]))
        lies = proof.lies()
        if bringer.failure:
            lies.append(f"a disaster could not be brought: {bringer.failure!r}")
        try:
            say(f"ledger verify: {site.manage('ledger', 'verify').count('✓')} invariants proven")
        except SiteError as lie:
            lies.append(str(lie))
        return lies


def bring(site: Site, drawn: plan.Plan, options: argparse.Namespace) -> tuple[list[Answer], disasters.Bringer]:
    """Send everything while the disasters happen; returns when all is answered and all has happened."""
    done = 0

    def answered(_: Answer) -> None:
        nonlocal done
        done += 1

    plague = disasters.draw(site, kills=options.kills, random=Random(options.seed))
    bringer = disasters.Bringer(plague, lambda: done / len(drawn.sending), say)
    bringer.start()
    deliveries = [delivery(told.body, site.token) for told in drawn.sending]
    sending = send(deliveries, url=site.url, concurrency=64, rate=options.rate, patience=PATIENCE, answered=answered)
    answers = asyncio.run(sending)
    bringer.join(timeout=PATIENCE)
    return answers, bringer


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
