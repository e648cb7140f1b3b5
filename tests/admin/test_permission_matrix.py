"""Every address and every act by every role, from one table; and a viewer who sends anything to everything changes nothing."""

from itertools import islice
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.db import connection
from django.test import Client
from psycopg.sql import SQL, Identifier

from tests.admin.doors import READ_THROUGH, addresses, api_addresses, named_urls, registered_acts
from tests.admin.matrix import ACTS, ADDRESSES, EVERYONE, OF_EVERY_MODEL, ONLY_LOOKS, OWN_BUSINESS, Row
from tests.admin.nonsense import bodies
from tests.admin.office import furnish_the_rest, lists

pytestmark = pytest.mark.django_db
LET_IN = {200, 302, 409, 422}
REFUSED = {403, 404, 405}


def table() -> dict[str, Row]:
    """The table of `matrix`, with what holds for every model spelled out for each."""
    generic = {f"{model}_{kind}": row for model in lists() for kind, row in OF_EVERY_MODEL.items()}
    return {**generic, **ADDRESSES, **ACTS}


@pytest.fixture
def people(office, staff, settings) -> dict[str, tuple[Client, Any]]:
    """A browser for each role, and who sits before it."""
    found: dict[str, tuple[Client, Any]] = {"anonymous": (Client(), None)}
    for role in sorted(EVERYONE - {"anonymous", "halfway"}):
        browser, user = Client(), staff(role)
        user.refresh_from_db()
        browser.force_login(user)
        found[role] = browser, user
    return found


@pytest.fixture
def whole(office) -> None:
    """No list is empty."""
    furnish_the_rest()


def test_the_table_names_every_address_and_every_act_and_no_other(office):
    known = table()
    doors = {name for name in named_urls() if not any(name.endswith(f"_{kind}") for kind in READ_THROUGH)}
    assert doors | set(registered_acts()) == set(known)


def test_each_act_asks_for_a_permission_that_its_row_agrees_with(people):
    for name, act in registered_acts().items():
        holders = {role for role, (_, user) in people.items() if user and user.is_staff and user.has_perm(act.permission)}
        assert holders == ACTS[name].act, name


@pytest.mark.usefixtures("_terse")
@pytest.mark.parametrize("role", sorted(EVERYONE - {"halfway"}))
def test_who_may_look(people, whole, role):
    browser, user = people[role]
    answers = {name: browser.get(address) for name, address in addresses(table(), user).items() if name != "logout"}
    found = {name for name, answer in answers.items() if let_in(answer, name)}
    wanted = {name for name, row in table().items() if role in row.look}
    assert found ^ wanted <= OWN_BUSINESS
    shown = [name for name in found if name.endswith(("_changelist", "_change")) and name != "password_change"]
    assert {answers[name].status_code for name in shown} <= {200}


@pytest.mark.usefixtures("_terse")
@pytest.mark.parametrize("role", sorted(EVERYONE - {"halfway"}))
def test_who_may_act(people, whole, role):
    browser, user = people[role]
    acted = {}
    for name, address in addresses(sorted(table(), key=lambda name: name == "logout"), user).items():
        acted[name] = let_in(browser.post(address, {"list": "payments_payment", "name": "x", "reason": ""}), name)
    wanted = {name for name, row in table().items() if role in row.act}
    assert {name for name, came_in in acted.items() if came_in} ^ wanted <= OWN_BUSINESS | ONLY_LOOKS


def test_half_a_superuser_gets_nowhere(office, staff, settings, whole):
    settings.STAFF_SECOND_FACTOR = True
    browser, user = Client(), staff("admin")
    browser.force_login(user)
    for name, address in addresses(table(), user).items():
        for answer in (browser.get(address), browser.post(address, {"reason": "x"})):
            if "halfway" in table()[name].look | table()[name].act:
                continue
            assert answer.status_code == 302, name
            assert answer["Location"].startswith("/admin/login/"), name
            if SESSION_KEY not in browser.session:
                browser.force_login(user)


def let_in(answer: Any, name: str) -> bool:
    """Whether this is the thing itself; sending to the sign-in, or saying no, is not."""
    assert answer.status_code in LET_IN | REFUSED, f"{name}: {answer.status_code}"
    to_the_door = answer.status_code == 302 and answer["Location"].startswith("/admin/login/") and name not in DOORS
    return answer.status_code in LET_IN and not to_the_door


DOORS = {"login", "enter_code", "enroll"}
DRAWN = 5
"""Bodies sent to each address by a viewer, who may look at the most; the others get one."""


@pytest.mark.usefixtures("_terse")
@pytest.mark.parametrize("role", ["viewer", "new", "outsider"])
def test_who_may_do_nothing_changes_nothing_whatever_is_sent(people, whole, role):
    browser, _ = people[role]
    doors = list(addresses(table().keys() - {"logout", *DOORS}, None).values())
    doors += [door.replace("/change/", "/") for door in doors if door.endswith("/change/")]
    doors += [f"{door}{'&' if '?' in door else '?'}amount=1.00&account=student:S004:KES" for door in doors if "/do/" in door]
    before, sent = everything(), bodies(role)
    for address in [*doors, "/admin/nowhere/"]:
        for body in islice(sent, DRAWN if role == "viewer" else 1):
            answer = browser.post(address, body)
            assert answer.status_code in REFUSED | {200, 302, 422}, f"{address} {body}"
        for answer in (browser.put(address, "{}"), browser.patch(address, "{}"), browser.delete(address), browser.get(address)):
            assert answer.status_code < 500, address
    assert changed(before, everything()) == []


def test_a_viewers_cookie_changes_nothing_through_the_api_either(people, whole):
    browser, _ = people["viewer"]
    before, sent = everything(), bodies("api")
    for address in api_addresses():
        for send in (browser.post, browser.put, browser.patch, browser.delete):
            body = next(sent)
            answer = send(address, body, content_type="application/json", headers={"Idempotency-Key": "k"})
            assert 400 <= answer.status_code < 500, f"{address} {body} {answer.content!r}"
        assert browser.get(address).status_code < 500, address
    assert changed(before, everything()) == []


def everything() -> dict[str, tuple[int, str]]:
    """How many rows each table holds, and a digest of all that is in them. Sessions note that they are used, and are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'django_session'"
        )
        tables = [name for (name,) in cursor.fetchall()]
        found = {}
        for name in tables:
            rows = SQL("SELECT count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} t")
            cursor.execute(rows.format(Identifier(name)))
            found[name] = cursor.fetchone()
    assert len(found) > 25
    return found


def changed(before: dict[str, tuple[int, str]], after: dict[str, tuple[int, str]]) -> list[str]:
    return sorted(name for name in after if before[name] != after[name])
