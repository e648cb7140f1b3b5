"""Every figure of the overview leads to as many rows as it says, also where they lie behind many others."""

from datetime import timedelta

import pytest
from django.utils import timezone

from config.dashboard import attention, settled
from core.admin import paging
from core.admin.exception_items import KIND_TONES
from core.models import ExceptionItem
from ledger import chart
from ledger.services.adjusting import request_adjustment
from payments.admin import filters
from payments.admin.filters import ENDS
from payments.statuses import Status
from tests.admin.office import listed
from tests.cast import decide_all, deliver, notification, owes
from tests.four_eyes import hire
from tests.payments.counting import count, fact, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def far_back(db):
    """Of everything that is counted a little, behind much that is newer and that no figure is about."""
    owes("S004", 150_000)
    long_ago = timezone.now() - timedelta(minutes=20)
    tell(fact("old", Status.PENDING), fact("unknown", Status.UNKNOWN), at=long_ago)
    tell(*[fact(f"asked {name}", Status.PENDING) for name in ENDS], at=long_ago)
    deliver(notification("waits"))
    lost = [
        ExceptionItem(kind=kind, reason="r", subject=f"{kind} {n}", detail="It is so.") for kind in KIND_TONES for n in range(15)
    ]
    ExceptionItem.objects.bulk_create(lost)
    small = {"debit": chart.bank("equity", "KES"), "credit": chart.income("interest", "KES"), "amount_minor": 1, "reference": "V"}
    request_adjustment(**small, actor=hire("Grace", "officer").actor, reason="It is interest.")
    # What is newer: payments that go on, and one that ended in each way among those heard of long before.
    tell(*[fact(f"new {n}", Status.PENDING) for n in range(30)])
    tell(*[fact(f"asked {name}", Status(name)) for name in ENDS])
    later = [{"kind": kind, "reason": "r", "detail": "It was so.", "status": "resolved"} for kind in KIND_TONES for _ in range(5)]
    ends = {"resolved_at": timezone.now(), "resolved_by": "user:grace", "resolution": "It is not."}
    ExceptionItem.objects.bulk_create(ExceptionItem(subject=f"done {n}", **item, **ends) for n, item in enumerate(later))
    count()


def test_every_figure_that_counts_leads_to_a_first_page_of_as_many_however_far_back_they_are(as_, far_back, monkeypatch):
    monkeypatch.setattr(paging, "LOOKED_AT", 10)
    browser = as_("approver")
    waiting, figures = attention(), settled()
    asked = [(one.rows.url, one.count) for one in (*waiting.exceptions, *waiting.stuck, waiting.approvals)]
    asked.append((waiting.inbox.rows.url, waiting.inbox.waiting))
    for period in (figures.today, figures.week, figures.month):
        ended = f"/admin/payments/payment/?ended={period.name}"
        asked += [(ended, period.outcomes.ended), *[(f"{ended}&outcome={name}", getattr(period.outcomes, name)) for name in ENDS]]
        asked += [(money.rows.url, money.bookings) for money in (*period.totals, *period.money)]
    assert len(asked) == 5 + 2 + 1 + 1 + 3 * (1 + 4 + 2)
    for url, number in asked:
        changelist = browser.get(url).context["cl"]
        assert (len(changelist.result_list), changelist.after_url, bool(number)) == (number, "", True), url


def test_of_more_than_a_few_that_ended_each_is_found_among_the_newest(as_, far_back, monkeypatch):
    monkeypatch.setattr(filters, "FEW", 3)
    monkeypatch.setattr(paging, "LOOKED_AT", 10)
    browser = as_("viewer")
    first = browser.get("/admin/payments/payment/?ended=today").context["cl"]
    assert (first.result_list, first.looked_at_in_words) == ([], "10")
    assert {row.reference for row in listed(browser, "/admin/payments/payment/?ended=today")} == {
        f"asked {name}" for name in ENDS
    }


def test_where_many_gateways_speak_those_that_settled_are_all_found_further_on(as_, monkeypatch):
    owes("S004", 150_000)
    deliver(notification("T1"))
    deliver(*[notification("T2", status="FAILED") for _ in range(20)])
    decide_all()
    monkeypatch.setattr(paging, "LOOKED_AT", 10)
    assert len(listed(as_("viewer"), "/admin/core/inboundevent/?when=today&verdict=settled")) == 1
