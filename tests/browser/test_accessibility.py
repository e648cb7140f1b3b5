"""axe-core on every page of the back office, on a desk by day and on a phone by night: nothing serious is in the way,
no page is wider than its window, and none complains.
"""

from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from access import approvals
from tests.access.painting import LATER, Painting, ask
from tests.admin.desk import acts_of
from tests.admin.doors import addresses
from tests.admin.matrix import ACTS, ADDRESSES
from tests.admin.office import furnish_the_rest, lists, pages
from tests.browser.doing import STRANGER
from tests.browser.door_sights import at_the_door
from tests.browser.lookers import DOMAIN, furnish_people, session_of
from tests.browser.plight_sights import failing
from tests.browser.test_an_officers_morning import morning
from tests.browser.test_what_waits_is_decided import session_of as signed_in
from tests.four_eyes import agree, hire

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
WIDTHS = (1440, 390)
PARTS = 5
"""So many tests share the pages: few, for each furnishes an office, and so many that none outlasts a browser's patience."""
NO_PAGES = {"jsi18n", "ledger_account_find", "login", "enter_code", "enroll"}
"""What is read by scripts; and the doors, which are looked at as a stranger."""
__all__ = ["morning"]

_RUN = """menu => axe.run(menu ? document : {exclude: ["#nav-sidebar"]}, {resultTypes: ["violations"]})
    .then(found => found.violations.filter(broken => ["serious", "critical"].includes(broken.impact))
    .map(broken => `${broken.id}: ${broken.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(" | ")}`))"""
"""The menu is half of every page, and looked at on one."""
_NIGHT = "night => document.documentElement.classList.toggle('dark', night)"
_ALIVE = "!document.querySelector('#nav-sidebar-apps') || typeof Alpine === 'object'"
_WIDTH = "document.documentElement.scrollWidth"


@pytest.fixture
def looks(morning: str, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Every page that the matrix lets Grace see, and what it lets only David see; with the key of a session of who looks."""
    from access.models import User

    furnish_the_rest()
    grace, david = User.objects.get(email="grace@makini.example"), hire("David", "approver")
    keys = {"officer": morning, "approver": signed_in(david)}
    monkeypatch.setattr(approvals, "_kinds", {**approvals._kinds})
    approvals.register(LATER, preview=Painting().preview, execute=Painting().execute, at_once=False)
    later = agree(ask(grace, kind=LATER), david)
    acts = {name: where.address for name, where in acts_of(grace).items()}
    acts["access_approval carry-out"] = f"/admin/access/approval/{later.public_id}/do/carry-out/"
    assert acts.keys() == ACTS.keys()
    table = {**ADDRESSES, **ACTS}
    seen = {name: "officer" if "officer" in row.look else "approver" for name, row in table.items() if row.look & keys.keys()}
    known = addresses([name for name in seen if " " not in name and name not in NO_PAGES], grace) | acts
    narrowed = f"{lists()['payments_payment']}?status=failed"
    own = ["/admin/search/?s=a4", narrowed, *lists().values(), *pages().values()]
    decides = ["/admin/", pages()["access_approval"], pages()["core_exceptionitem"]]
    return [
        *((keys[seen[name]], address) for name, address in known.items()),
        *((keys["officer"], address) for address in own),
        *((keys["approver"], address) for address in decides),
    ]


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_serious_stands_in_anyones_way(looks: list[tuple[str, str]], visit: Callable[..., Any], part: int) -> None:
    def act(page: Any, base: str) -> None:
        broken: dict[str, list[str]] = {}
        for key, address in sorted(looks[part::PARTS]):
            be(page, base, key)
            assert page.goto(base + address).status == 200, address
            broken[address] = look(page, menu=not broken)
            assert page.evaluate(_ALIVE), address
        assert_whole(broken)

    assert visit(act).complaints == []


def test_the_way_in_and_out_is_open_to_everyone(morning: str, visit: Callable[..., Any]) -> None:
    """As the pictures show it: each page of the door, and what it says when something was wrong."""
    from access.models import User
    from access.services.roles import assign_role

    for role in ("viewer", "officer"):
        person = User.objects.create_user(f"{role}@{DOMAIN}", full_name=f"Demo {role}")
        assign_role(user=person, role=role, actor="system:test", reason="Works in the finance office.")
    furnish_people()
    shots = [(shot, session_of(shot.role)) for shot in at_the_door()]
    for _ in range(9):  # so that the browser itself need try hardly once more
        Client().post("/admin/login/", {"username": STRANGER, "password": "a guess"})

    def act(page: Any, base: str) -> None:
        broken = {}
        for shot, key in shots:
            be(page, base, key)
            page.goto(base + shot.address)
            shot.before(page)
            broken[shot.name] = look(page)
        assert_whole(broken)

    visit(act)


def test_a_refusal_and_a_failure_stand_in_nobodys_way_either(morning: str, visit: Callable[..., Any]) -> None:
    failures = {type(error).__name__: failing(error) for error in (RuntimeError(), OperationalError())}
    may_not = signed_in(hire("David", "approver"))

    def act(page: Any, base: str) -> None:
        be(page, base, may_not)
        broken = {}
        for address in ("/admin/nowhere/", "/admin/students/student/import/"):
            assert page.goto(base + address).status in {403, 404}
            broken[address] = look(page)
        for name, html in failures.items():
            page.goto(f"{base}/admin/password_change/")
            page.set_content(html)
            broken[name] = look(page)
        assert_whole(broken)

    visit(act)


def be(page: Any, base: str, session: str) -> None:
    """Go on as whoever has this session, as a stranger without one."""
    page.context.clear_cookies()
    if session:
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": base}])


def look(page: Any, *, menu: bool = True) -> list[str]:
    """What is wrong with the page that is open, on a desk by day and on a phone by night; with its menu or without."""
    page.evaluate(AXE)
    wrong: list[str] = []
    for width, night in ((WIDTHS[0], False), (WIDTHS[1], True)):
        page.evaluate(_NIGHT, night)
        page.set_viewport_size({"width": width, "height": 900})
        at = f"{width} by {'night' if night else 'day'}"
        wrong += [f"{at}: {told}" for told in page.evaluate(_RUN, menu)]
        if (wide := page.evaluate(_WIDTH)) > width:
            wrong.append(f"{at}: {wide} wide")
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    return wrong


def assert_whole(broken: dict[str, list[str]]) -> None:
    assert not any(broken.values()), "\n".join(f"{where}: {told}" for where, wrong in broken.items() for told in wrong)
