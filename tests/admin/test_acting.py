"""Every act from its page: who may, what it asks, and the one row it leaves in the audit trail."""

import random

import pytest
from django.apps import apps
from django.test import Client

from access import approvals
from access.models import AuditEntry
from tests.access.painting import LATER, Painting, ask
from tests.admin.desk import APPROVER, WHY, Where, acts_of, do, item_act, item_of, read, seen_on, told, trail
from tests.admin.doors import registered_acts
from tests.admin.nonsense import FIELDS, bodies
from tests.four_eyes import agree, hire

pytestmark = pytest.mark.django_db
NAMES = sorted(registered_acts())
ALSO = {"access_approval approve": ["access.approve", "ledger.adjust"]}
"""An approval is carried out at once: the decision has its row, and what was done has one in the name of who asked for it."""


@pytest.fixture
def acts(office, monkeypatch):
    """All of them, with one kind of request that is approved for later, which the product itself has none of."""
    paint, wanjiku = Painting(), hire("Wanjiku", "officer")
    monkeypatch.setattr(approvals, "_kinds", {**approvals._kinds})
    approvals.register(LATER, preview=paint.preview, execute=paint.execute, at_once=False)
    approved = agree(ask(wanjiku, kind=LATER), hire("Amani", "approver"))
    later = Where(f"/admin/access/approval/{approved.public_id}/do/carry-out/", {}, APPROVER, "access.execute")
    return acts_of(wanjiku) | {"access_approval carry-out": later}


def window(where, other):
    """The browser of the one who may do it; `other` where any in their role may."""
    if where.by is None:
        return other
    own = type(other)(enforce_csrf_checks=other.handler.enforce_csrf_checks)
    own.force_login(where.by)
    return own


def rows():
    tables = [model for model in apps.get_models() if model._meta.label != "sessions.Session"]
    return {model._meta.label: model._default_manager.count() for model in tables}


def standing():
    """What a viewer might have changed: rows, and what the exceptions and approvals among them say."""
    from access.models import Approval
    from core.models import ExceptionItem

    return rows(), list(ExceptionItem.objects.order_by("pk").values()), list(Approval.objects.order_by("pk").values())


def test_the_desk_holds_every_act(acts):
    assert sorted(acts) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_whoever_may_does_it_once_with_a_reason_and_one_row_in_the_trail(acts, as_, name):
    where = acts[name]
    browser = window(where, as_("officer" if "officer" in where.roles else "approver"))
    page = browser.get(where.address)
    assert page.status_code == 200
    assert seen_on(page), read(page)
    body = {"reason": WHY, "seen": seen_on(page)}
    before, so_far = rows(), trail()
    told(browser, browser.post(where.address, body))
    assert trail()[len(so_far) :] == ALSO.get(name, [where.audit])
    assert AuditEntry.objects.latest("pk").reason in {WHY, "The alumni paid in."}
    assert rows() != before
    after = rows()
    again = browser.post(where.address, body)
    # What was done already is answered so, or said in the page's words; it is never done a second time.
    assert again.status_code in {302, 403, 409, 422}, read(again)
    assert rows() == after


# What changes nothing is tried about every act in one office; furnishing one for each would take longer than they do.
@pytest.mark.parametrize("role", ["viewer", "officer", "approver", "new"])
def test_whoever_may_not_meets_no_button_and_no_page(acts, as_, role):
    browser, before = as_(role), standing()
    barred = {name: where for name, where in acts.items() if role not in where.roles or where.by}
    assert barred
    for name, where in barred.items():
        assert browser.get(where.address).status_code == 403, name
        assert browser.post(where.address, {"reason": WHY, "seen": "0" * 32}).status_code == 403, name
        on = where.url.rpartition("/do/")[0] + "/"
        shown = browser.get(f"{on}change/" if on.count("/") == 5 else on)
        assert shown.status_code == (403 if role == "new" else 200), name
        assert f'"{where.url}"' not in shown.content.decode(), name
        assert standing() == before, name


@pytest.mark.parametrize("reason", ["", "   \n "])
def test_without_a_reason_nothing_is_done_and_the_page_asks_for_one(acts, as_, reason):
    browser, before = as_("admin"), standing()
    for name, where in acts.items():
        refused = do(window(where, browser), where.address, reason)
        assert refused.status_code == 422, name
        assert "every act keeps its reason" in read(refused), name
        assert standing() == before, name


def test_what_was_not_looked_at_is_not_done(acts, as_):
    browser, before = as_("admin"), standing()
    for name, where in acts.items():
        own = window(where, browser)
        assert own.post(where.address, {"reason": WHY}).status_code == 422, name
        changed = own.post(where.address, {"reason": WHY, "seen": "f" * 32})
        assert changed.status_code == 409, name
        assert "has changed since you looked" in read(changed), name
        assert standing() == before, name


def test_a_form_from_elsewhere_is_refused(acts, staff):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(staff("admin"))
    before = standing()
    for name, where in acts.items():
        own = window(where, browser)
        seen = seen_on(own.get(where.address))
        assert seen, name
        assert own.post(where.address, {"reason": WHY, "seen": seen}).status_code == 403, name
        assert browser.put(where.address).status_code in {403, 405}, name
        assert standing() == before, name


@pytest.mark.usefixtures("_terse")
def test_a_viewer_changes_nothing_by_any_request_whatever(acts, as_):
    browser, before, draw, sent = as_("viewer"), standing(), random.Random(4), bodies(4)
    for where in acts.values():
        drawn = [f"{where.url}?" + "&".join(f"{name}={draw.randint(0, 9)}" for name in draw.sample(FIELDS, 12)) for _ in range(4)]
        # A body for each address, and no method twice on one: it is the body, the query and the method that might slip through.
        for address in (where.address, where.url, *drawn):
            others = (browser.put(address, "x"), browser.delete(address), browser.patch(address))
            answers = [browser.post(address, next(sent)), *others]
            assert {answer.status_code for answer in answers} == {403}
    assert standing() == before


def test_an_act_on_what_it_does_not_fit_says_so(acts, as_):
    browser = as_("officer")
    for item, name, status in (
        (item_of(kind="conflict"), "allocate", 200),
        (item_of(kind="conflict"), "accept", 409),
        (item_of(kind="suspense"), "dismiss", 409),
        (item_of(kind="suspense"), "replay", 409),
        (item_of(kind="flag"), "keep", 409),
    ):
        assert browser.get(item_act(item, name)).status_code == status, name
    suspense = browser.get(item_act(item_of(kind="suspense"), "dismiss"))
    assert "This can't be done about suspense." in read(suspense)
    assert not seen_on(suspense)
    kept = do(browser, item_act(item_of(kind="flag"), "keep"))
    assert (kept.status_code, "Open" in read(kept)) == (409, False)


def test_what_is_not_there_is_not_found(acts, as_):
    browser = as_("admin")
    for address in (
        "/admin/core/exceptionitem/exception_nope/do/allocate/",
        item_act(item_of(kind="flag"), "explode"),
        "/admin/ledger/account/do/explode/",
        "/admin/students/student/S999/do/charge/",
    ):
        assert browser.get(address).status_code == 404, address


def test_nothing_chosen_leads_back_to_the_list(acts, as_):
    browser = as_("officer")
    answer = browser.get("/admin/core/exceptionitem/do/dismiss/?chosen=nonsense")
    assert answer["Location"] == "/admin/core/exceptionitem/"
    assert "Choose what to dismiss first." in browser.get(answer["Location"]).content.decode()
