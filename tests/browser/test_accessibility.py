"""axe-core on every page of the back office, on a desk by day and on a phone by night: nothing serious is in anyone's way."""

from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest

from tests.admin.doors import addresses
from tests.admin.matrix import ACTS
from tests.admin.office import furnish_the_rest, lists, pages
from tests.browser.test_an_officers_morning import come_in, morning

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
WIDTHS = (1440, 390)
PARTS = 5
"""So many tests share the pages: few, for each furnishes an office, and so many that none outlasts a browser's patience."""
__all__ = ["morning"]

_RUN = """() => axe.run(document, {resultTypes: ["violations"]}).then(found => found.violations
    .filter(broken => ["serious", "critical"].includes(broken.impact))
    .map(broken => `${broken.id}: ${broken.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(" | ")}`))"""
_NIGHT = "night => document.documentElement.classList.toggle('dark', night)"


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_serious_stands_in_anyones_way(morning: str, visit: Callable[..., Any], part: int) -> None:
    from access.models import User

    furnish_the_rest()
    grace = User.objects.get(email="grace@makini.example")
    offices = [name for name, row in ACTS.items() if "officer" in row.act and name.rpartition(" ")[2] != "none"]
    found = addresses([*offices, "students_student_import", "students_student_import_confirm"], grace)
    narrowed = f"{lists()['payments_payment']}?status=failed"
    every = ["/admin/", "/admin/search/?s=a4", narrowed, *lists().values(), *pages().values(), *found.values()]

    def act(page: Any, base: str) -> None:
        come_in(page, base, morning)
        broken = {address: wrong for address in every[part::PARTS] if (wrong := look(page, base + address))}
        assert not broken, "\n".join(f"{address}: {told}" for address, wrong in broken.items() for told in wrong)

    visit(act)


def test_the_way_in_is_open_to_everyone(morning: str, visit: Callable[..., Any]) -> None:
    def act(page: Any, base: str) -> None:
        assert look(page, f"{base}/admin/login/") == []

    visit(act)


def look(page: Any, address: str) -> list[str]:
    """What axe finds at this address on a desk by day and on a phone by night."""
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    page.goto(address)
    page.evaluate(AXE)
    wrong: list[str] = []
    for width, night in ((WIDTHS[0], False), (WIDTHS[1], True)):
        page.evaluate(_NIGHT, night)
        page.set_viewport_size({"width": width, "height": 900})
        colours = "night" if night else "day"
        wrong += [f"{width} by {colours}: {told}" for told in page.evaluate(_RUN)]
    return wrong
