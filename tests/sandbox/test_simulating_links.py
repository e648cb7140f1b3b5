"""`manage.py simulate` as Stripe and as the Indian gateway: links from their dashboards, with a student written on each."""

from io import StringIO

import pytest
from django.core.management import call_command

from ledger import chart
from ledger.services.balances import balance
from tests.cast import owed_by, owes

pytestmark = pytest.mark.stack


def simulate(site: str, gateway: str, *arguments: str) -> dict[str, int]:
    said = StringIO()
    call_command("simulate", "--url", site, "--gateway", gateway, *arguments, stdout=said)
    lines = [line.split() for line in said.getvalue().splitlines() if line.startswith("  ")]
    return {line[0]: int(line[1].replace(",", "")) for line in lines}


def test_stripes_links_are_booked_on_their_students(site: str, worker: None) -> None:
    mix = ("--count", "60", "--duplicates", "20%", "--pending-first", "10%", "--other-amounts", "5%", "--amount", "100.50")
    counted = simulate(site, "stripe", *mix, "--seed", "7")
    assert (counted["sent"], counted["acked"], counted["settled"], counted["rejected"]) == (60, 60, 39, 0)
    assert counted["conflicts"] >= 3
    assert owed_by("S004") == -39 * 10_050
    counted = simulate(site, "stripe", *mix, "--seed", "7")
    assert counted["settled"] == 0


def test_upi_is_in_rupees(site: str, worker: None) -> None:
    owes("S009", 1000, "INR")
    counted = simulate(
        site, "upi", "--count", "20", "--pending-first", "10%", "--student", "S009", "--amount", "100", "--seed", "3"
    )
    assert (counted["acked"], counted["settled"], counted["recorded"]) == (20, 18, 2)
    assert balance(chart.student("S009", "INR")) == 100_000 - 18 * 10_000
    counted = simulate(site, "upi", "--count", "5", "--student", "S004", "--seed", "4")
    assert (counted["settled"], counted["quarantined"]) == (0, 5)
