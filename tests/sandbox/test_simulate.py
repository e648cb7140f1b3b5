"""`manage.py simulate` against a real server: it counts what happened, proves the books, and fails on a lie."""

import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from tests.cast import owed_by

pytestmark = pytest.mark.stack


def report(site: str, *arguments: str) -> str:
    said = StringIO()
    call_command("simulate", "--url", site, *arguments, stdout=said)
    return said.getvalue()


def simulate(site: str, *arguments: str) -> dict[str, int]:
    """What it counted, by word."""
    lines = [line.split() for line in report(site, *arguments).splitlines() if line.startswith("  ")]
    return {line[0]: int(line[1].replace(",", "")) for line in lines}


def test_a_run_is_counted_to_the_last_notification(site: str, worker: None) -> None:
    mix = ("--count", "200", "--duplicates", "20%", "--pending-first", "10%", "--other-amounts", "0.05")
    counted = simulate(site, *mix, "--amount", "100.50", "--seed", "7")
    assert (counted["sent"], counted["acked"], counted["settled"]) == (200, 200, 130)
    assert (counted["rejected"], counted["unanswered"], counted["quarantined"]) == (0, 0, 0)
    # Copies count by what they copy: of a contradiction a conflict, of an announcement recorded or a duplicate.
    assert counted["conflicts"] >= 10
    assert counted["recorded"] >= 20
    assert counted["duplicates"] + counted["conflicts"] + counted["recorded"] == 70


def test_the_report_tells_how_fast_it_was_and_that_the_books_hold(site: str, worker: None) -> None:
    said = report(site, "--count", "12", "--rate", "100", "--students-count", "1", "--amount", "10", "--seed", "5")
    percentiles = r"p50 [\d.]+ ms  p95 [\d.]+ ms  p99 [\d.]+ ms"
    sent = re.search(r"^  sent +12   in ([\d.]+) s, [\d,]+/s, \d+ sent again$", said, re.MULTILINE)
    assert sent
    assert float(sent[1]) >= 0.1  # the twelfth is due 0.11 s after the first
    assert re.search(rf"^  acked +12   {percentiles} from due to acknowledged$", said, re.MULTILINE)
    assert re.search(rf"^  settled +12   {percentiles} from receipt to settled$", said, re.MULTILINE)
    assert re.search(r"^  seed +5   the same seed sends the same notifications$", said, re.MULTILINE)
    assert owed_by("S004") == -12 * 1000


def test_the_same_seed_sent_again_moves_no_money(site: str, worker: None) -> None:
    simulate(site, "--count", "50", "--seed", "3", "--shuffle")
    owed = owed_by("S004")
    counted = simulate(site, "--count", "50", "--seed", "3", "--shuffle")
    assert (counted["settled"], counted["duplicates"]) == (0, 50)
    assert owed_by("S004") == owed < 0


def test_what_nobody_decides_is_told_and_fails(site: str) -> None:
    with pytest.raises(CommandError, match="20 stored deliveries are not decided"):
        simulate(site, "--count", "20", "--settle-timeout", "0.3")


def test_a_lie_in_the_books_fails(site: str, worker: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE balance SET debits_minor = debits_minor + 1 WHERE slot = 0")
    with pytest.raises(CommandError):
        simulate(site, "--count", "5")


def test_only_those_who_have_an_account_can_be_drawn(school: None) -> None:
    with pytest.raises(CommandError, match="Only 1 students"):
        simulate("http://127.0.0.1:1", "--count", "5", "--students-count", "2")


def test_wishes_that_cannot_be_read_are_refused_by_name(school: None) -> None:
    for wish in (
        ("--duplicates", "many"),
        ("--amount", "ten"),
        ("--amount", "0.001"),
        ("--duplicates", "120%"),
        ("--concurrency", "0"),
    ):
        with pytest.raises(CommandError):
            simulate("http://127.0.0.1:1", "--count", "5", *wish)


def test_nobody_at_home_is_told_at_once(school: None) -> None:
    with pytest.raises(CommandError, match="does not answer"):
        simulate("http://127.0.0.1:1", "--count", "5")
