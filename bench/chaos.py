"""`python -m bench.chaos`: everything is killed under load, and then every acknowledged notification is proven to count once.

The seed decides what is sent and what is killed when; the same seed brings the same storm.
"""

import argparse
import asyncio
import sys
from collections import Counter
from pathlib import Path
from random import Random

from bench.harness.school import name_of
from bench.harness.site import Site
from bench.storm import books, disasters, plan
from bench.storm.proof import Proof
from bench.storm.trial import carry_out, parser_of, say, with_books
from sandbox.cellulant.notification import delivery
from sandbox.sending import Answer, send

FEE_MINOR = 1_000_000_00
INACTIVE = 2
PATIENCE = 300.0


def main() -> int:
    parser = parser_of("chaos", __doc__, count=20_000, of="notifications", kills=5)
    parser.add_argument("--students", type=int, default=50)
    parser.add_argument("--repeated", type=float, default=0.3, help="share of the notifications that are copies")
    parser.add_argument("--rate", type=float, default=300.0, help="notifications a second")
    good = "every acknowledged notification counts once; the books are exact"
    return carry_out(storm, parser.parse_args(), "chaos", good)


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
        survived = bringer.lies(site.processes)
        site.stop_processes()
        with site.connect() as connection:
            found = books.read(connection, site.sealing_key)
        total = sum(found.verdicts.values(), Counter[str]())
        say("decided: " + ", ".join(f"{count:,} {verdict}" for verdict, count in total.most_common()))
        proof = Proof(drawn, answers, found, dict.fromkeys(students, FEE_MINOR), set(students[:INACTIVE]))
        return with_books(survived + proof.lies(), site)


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


if __name__ == "__main__":
    sys.exit(main())
