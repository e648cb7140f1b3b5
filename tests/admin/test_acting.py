"""Every act from its page: who may, what it asks, and the one row it leaves in the audit trail."""

import random

import pytest
from django.apps import apps
from django.test import Client

from tests.admin.desk import WHY, acts_of, do, item_act, item_of, read, seen_on, told, trail
from tests.four_eyes import hire

pytestmark = pytest.mark.django_db
NAMES = [
    "allocate", "return", "accept", "replay", "dismiss", "replay the event", "dismiss the event", "accept many", "replay many",
    "dismiss many", "charge", "write off", "cancel", "adjust", "adjust from transfers", "approve", "reject",
]  # fmt: skip
ALSO = {"approve": ["access.approve", "ledger.adjust"]}
"""An approval is carried out at once: the decision has its row, and what was done has one in the name of who asked for it."""


@pytest.fixture
def acts(office):
    return acts_of(hire("Wanjiku", "officer"))


def rows():
    tables = [model for model in apps.get_models() if model._meta.label != "sessions.Session"]
    return {model._meta.label: model._default_manager.count() for model in tables}


def standing():
    """What a viewer might have changed: rows, and what the exceptions and approvals among them say."""
    from access.models import Approval
    from core.models import ExceptionItem

    return rows(), list(ExceptionItem.objects.order_by("pk").values()), list(Approval.objects.order_by("pk").values())


def test_the_table_names_every_act(acts):
    import config.urls  # noqa: F401 - the site, and with it every act, is loaded with the URLs
    from core.admin import acts as registered

    assert sorted(acts) == sorted(NAMES)
    tried = {where.url.rstrip("/").rpartition("/")[2] for where in acts.values()}
    models = {"_".join(where.url.split("/")[2:4]) for where in acts.values()}
    tables = (registered.on_one, registered.on_many, registered.on_none)
    offered = {name for model in models for offered_on in tables for name in offered_on(model)}
    assert offered - tried == {"keep", "withdraw", "carry-out"}, "these have tests of their own"


@pytest.mark.parametrize("name", NAMES)
def test_whoever_may_does_it_once_with_a_reason_and_one_row_in_the_trail(acts, as_, name):
    where = acts[name]
    browser = as_("officer" if "officer" in where.roles else "approver")
    page = browser.get(where.address)
    assert page.status_code == 200
    assert seen_on(page), read(page)
    before, so_far = rows(), trail()
    told(browser, do(browser, where.address))
    assert trail()[len(so_far) :] == ALSO.get(name, [where.audit])
    assert rows() != before
    from access.models import AuditEntry

    assert AuditEntry.objects.order_by("pk").last().reason in {WHY, "The alumni paid in."}


# What changes nothing is tried about every act in one office; furnishing one for each would take longer than they do.
@pytest.mark.parametrize("role", ["viewer", "officer", "approver", "new"])
def test_whoever_may_not_meets_no_button_and_no_page(acts, as_, role):
    browser, before = as_(role), standing()
    barred = {name: where for name, where in acts.items() if role not in where.roles}
    assert barred
    for name, where in barred.items():
        assert browser.get(where.address).status_code == 403, name
        assert browser.post(where.address, {"reason": WHY, "seen": "0" * 32}).status_code == 403, name
        on = where.url.rpartition("/do/")[0] + "/"
        shown = browser.get(f"{on}change/" if "_" in on.rpartition("/")[0].rpartition("/")[2] else on)
        assert f'"{where.url}"' not in shown.content.decode(), name
        assert standing() == before, name


@pytest.mark.parametrize("reason", ["", "   \n "])
def test_without_a_reason_nothing_is_done_and_the_page_asks_for_one(acts, as_, reason):
    browser, before = as_("admin"), standing()
    for name, where in acts.items():
        refused = do(browser, where.address, reason)
        assert refused.status_code == 422, name
        assert "every act keeps its reason" in read(refused), name
        assert standing() == before, name


def test_what_was_not_looked_at_is_not_done(acts, as_):
    browser, before = as_("admin"), standing()
    for name, where in acts.items():
        assert browser.post(where.address, {"reason": WHY}).status_code == 422, name
        changed = browser.post(where.address, {"reason": WHY, "seen": "f" * 32})
        assert changed.status_code == 409, name
        assert "has changed since you looked" in read(changed), name
        assert standing() == before, name


def test_a_form_from_elsewhere_is_refused(acts, staff):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(staff("admin"))
    before = standing()
    for name, where in acts.items():
        seen = seen_on(browser.get(where.address))
        assert browser.post(where.address, {"reason": WHY, "seen": seen}).status_code == 403, name
        assert browser.put(where.address).status_code in {403, 405}, name
        assert standing() == before, name


@pytest.mark.parametrize("name", NAMES)
def test_sent_twice_it_is_done_once(acts, as_, name):
    where, browser = acts[name], as_("admin")
    body = {"reason": WHY, "seen": seen_on(browser.get(where.address))}
    assert browser.post(where.address, body).status_code == 302
    after, so_far = rows(), trail()
    again = browser.post(where.address, body)
    # What was done already is answered so, or said in the page's words; it is never done a second time.
    assert again.status_code in {302, 403, 409, 422}, read(again)
    assert (rows(), trail()) == (after, so_far)


FIELDS = [
    "reason", "seen", "account", "amount", "debit", "credit", "chosen", "action", "_save", "status", "approver", "reference",
]  # fmt: skip
WORDS = ["1", "", "yes", "S004", "student:S004:KES", "approve", WHY, "0" * 32, "-1", "9" * 30, "\0", "é" * 50]


@pytest.mark.usefixtures("_terse")
def test_a_viewer_changes_nothing_by_any_request_whatever(acts, as_):
    browser, before, draw = as_("viewer"), standing(), random.Random(4)
    for where in acts.values():
        drawn = [f"{where.url}?" + "&".join(f"{name}={draw.randint(0, 9)}" for name in FIELDS) for _ in range(4)]
        # A body for each address, and no method twice on one: it is the body, the query and the method that might slip through.
        for address in (where.address, where.url, *drawn):
            body = {name: draw.choice(WORDS) for name in draw.sample(FIELDS, 6)}
            answers = [browser.post(address, body), browser.put(address, "x"), browser.delete(address), browser.patch(address)]
            assert {answer.status_code for answer in answers} == {403}
    assert standing() == before


def test_an_act_on_what_it_does_not_fit_says_so(acts, as_):
    browser = as_("officer")
    for item, name, status in (
        (item_of(kind="conflict"), "allocate", 200),
        (item_of(kind="conflict"), "accept", 409),
        (item_of(kind="suspense"), "dismiss", 409),
        (item_of(kind="suspense"), "replay", 409),
        (item_of(kind="flag"), "keep", 200),
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
