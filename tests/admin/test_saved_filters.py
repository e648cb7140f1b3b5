"""What staff look for every morning is one click away; it is theirs until they share it, and shows nobody more than before."""

import pytest

from access.models import AuditEntry, SavedFilter
from core.ids import new_id, public_id
from tests.admin.office import lists

pytestmark = pytest.mark.django_db
PAYMENTS = "payments_payment"
KEEP = "/admin/access/savedfilter/keep/"


def keep(browser, query="status=failed", name="Failed ones", **more):
    return browser.post(f"{KEEP}?{query}", {"list": PAYMENTS, "name": name, **more})


def chips(browser, query=""):
    tools = browser.get(f"{lists()[PAYMENTS]}?{query}").context["list_tools"]
    return [kept.name for tool in tools for kept in tool.filters]


@pytest.fixture
def grace(office, as_):
    return as_("officer")


def test_a_filter_is_saved_found_again_and_removed(grace):
    answer = keep(grace)
    assert answer["Location"] == f"{lists()[PAYMENTS]}?status=failed"
    assert chips(grace) == ["Failed ones"]
    page = grace.get(answer["Location"])
    assert b'href="?status=failed" aria-current="true"' in page.content
    [row] = page.context["cl"].result_list
    assert row.status == "failed"
    assert b"Failed ones" in grace.get(lists()["access_savedfilter"]).content
    kept = SavedFilter.objects.get()
    assert grace.post(f"/admin/access/savedfilter/{kept.public_id}/remove/").status_code == 302
    assert chips(grace) == []
    assert grace.post(f"/admin/access/savedfilter/{kept.public_id}/remove/").status_code == 404


def test_only_what_the_list_knows_is_kept_in_one_spelling(grace):
    keep(grace, "q=%20TXN_1%20&p=n.1&o=2&e=1&status=failed&reference__icontains=x&when=")
    assert SavedFilter.objects.get().query == "q=TXN_1&status=failed"


def test_the_same_name_means_the_new_one(grace):
    keep(grace)
    keep(grace, "status=succeeded")
    assert SavedFilter.objects.get().query == "status=succeeded"


def test_it_is_ones_own_until_it_is_shared(grace, as_):
    david, violet = as_("approver"), as_("viewer")
    keep(grace)
    assert chips(david) == chips(violet) == []
    before = AuditEntry.objects.count()
    keep(grace, shared="1")
    assert chips(david) == chips(violet) == ["Failed ones"]
    assert AuditEntry.objects.count() == before + 1
    kept = SavedFilter.objects.get()
    assert david.post(f"/admin/access/savedfilter/{kept.public_id}/remove/").status_code == 404
    grace.post(f"/admin/access/savedfilter/{kept.public_id}/remove/")
    assert AuditEntry.objects.latest("id").act == "access.unshare_filter"


def test_a_viewer_reads_shared_ones_and_changes_nothing(grace, as_):
    violet = as_("viewer")
    keep(grace, shared="1")
    assert keep(violet).status_code == 403
    assert violet.post(f"/admin/access/savedfilter/{SavedFilter.objects.get().public_id}/remove/").status_code == 403
    assert b"Save this filter" not in violet.get(f"{lists()[PAYMENTS]}?status=failed").content
    assert SavedFilter.objects.count() == 1


def test_sharing_asks_for_its_own_permission(grace, staff):
    from django.contrib.auth.models import Permission

    from access.models import User
    from access.roles import ROLES

    assert "access.share_filter" in ROLES["officer"]
    person = User.objects.create_user("own@makini.example", full_name="Olive Own", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=["view_payment", "save_filter"]))
    grace.force_login(person)
    assert keep(grace).status_code == 302
    assert keep(grace, shared="1").status_code == 403


@pytest.mark.parametrize(
    ("query", "name"), [("", "Nothing"), ("p=n.1", "No filter"), ("status=failed", " "), ("status=failed", "x" * 61)]
)
def test_what_is_no_filter_is_refused_in_words(grace, query, name):
    answer = keep(grace, query, name)
    assert SavedFilter.objects.count() == 0
    said = [str(message) for message in grace.get(answer["Location"]).context["messages"]]
    assert len(said) == 1


@pytest.mark.parametrize("shared", [{}, {"shared": "1"}])
def test_nobodys_phone_is_kept(grace, shared):
    before = AuditEntry.objects.count()
    for query, name in (
        ("q=0712345678", "Joan"),
        ("q=%2B254+712+345678&status=failed", "Joan"),
        ("status=failed", "0712 345678"),
    ):
        answer = keep(grace, query, name, **shared)
        [said] = [str(message) for message in grace.get(answer["Location"]).context["messages"]]
        assert said.startswith("A phone number is not kept in a filter")
    assert (SavedFilter.objects.count(), AuditEntry.objects.count()) == (0, before)
    keep(grace, "q=50000", **shared)
    assert SavedFilter.objects.get().query == "q=50000"


def test_a_list_that_is_none_is_refused(grace):
    for name in ("", "nope", "auth_user"):
        assert grace.post(f"{KEEP}?status=failed", {"list": name, "name": "x"}).status_code == 403
    assert grace.get(KEEP, {"list": PAYMENTS}).status_code == 405
    assert grace.post(f"/admin/access/savedfilter/{public_id('filter', new_id())}/remove/").status_code == 404
    assert grace.post("/admin/access/savedfilter/nonsense/remove/").status_code == 404


def test_nobody_keeps_too_many(grace, monkeypatch):
    monkeypatch.setattr("access.services.saved_filters.MOST_OF_ONE", 2)
    for number in range(3):
        keep(grace, name=f"Number {number}")
    assert SavedFilter.objects.count() == 2
    keep(grace, "status=expired", name="Number 1")
    assert SavedFilter.objects.filter(query="status=expired").count() == 1
