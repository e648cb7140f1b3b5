"""Pages follow each other by key: none is missed, none comes twice, and the last costs what the first does."""

from urllib.parse import parse_qs, urlsplit

import pytest

from core.admin import paging
from core.ids import new_id
from payments.models import Payment
from tests.admin.office import lists

pytestmark = pytest.mark.django_db


@pytest.fixture
def payments(db):
    """120 payments, every tenth of them failed."""
    from django.utils import timezone

    made = [
        Payment(
            id=new_id(), gateway="cellulant", method="mpesa", status="failed" if number % 10 == 0 else "pending",
            amount_minor=100, currency="KES", account="student:S1:KES", named_account="student:S1:KES",
            reference=f"R{number}", created_at=timezone.now(),
        )
        for number in range(120)
    ]  # fmt: skip
    Payment.objects.bulk_create(made)
    return [row.pk for row in reversed(made)]


@pytest.fixture
def turn(as_):
    """Open the list at a query string; its changelist."""
    browser = as_("officer")
    return lambda query="": browser.get(lists()["payments_payment"] + query).context["cl"]


def keys(changelist):
    return [row.pk for row in changelist.result_list]


def test_walking_forth_and_back_meets_every_row_once(payments, turn):
    first = turn()
    second = turn(first.after_url)
    third = turn(second.after_url)
    assert keys(first) + keys(second) + keys(third) == payments
    assert (first.before_url, third.after_url) == ("", "")
    assert keys(turn(third.before_url)) == keys(second)
    assert keys(turn(turn(third.before_url).before_url)) == keys(first)
    assert keys(turn(third.first_url)) == keys(first)


def test_a_filter_travels_with_the_pages(payments, turn, monkeypatch):
    monkeypatch.setattr("payments.admin.payments.PaymentAdmin.list_per_page", 5)
    first = turn("?status=failed")
    assert parse_qs(urlsplit(first.after_url).query)["status"] == ["failed"]
    assert len(set(keys(first) + keys(turn(first.after_url)))) == 10


def test_small_numbers_are_counted_and_big_ones_estimated(payments, turn, monkeypatch):
    assert turn().count_in_words == "120"
    assert turn("?status=failed").count_in_words == "12"
    monkeypatch.setattr(paging, "EXACT_UP_TO", 60)
    assert turn("?status=pending").count_in_words == "more than 60"
    monkeypatch.setattr(paging, "estimated_rows", lambda table: {"payment": 2_140_000}[table])
    assert turn().count_in_words == "about 2.1 million"


def test_the_estimate_adds_up_the_partitions(payments):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE payment")
    assert paging.estimated_rows("payment") == 120


def test_a_filter_without_an_index_looks_at_a_bounded_number_of_rows(payments, turn, monkeypatch):
    monkeypatch.setattr(paging, "LOOKED_AT", 25)
    found, at = [], "?status=failed"
    looks = 0
    while at:
        changelist = turn(at)
        found += keys(changelist)
        at, looks = changelist.after_url, looks + 1
    assert found == [key for number, key in enumerate(reversed(payments)) if number % 10 == 0][::-1]
    assert looks == 5
    first = turn("?status=failed")
    assert (first.looked_at_in_words, first.count_in_words) == ("25", "")


def test_nothing_within_the_rows_looked_at_says_so(payments, as_, monkeypatch):
    monkeypatch.setattr(paging, "LOOKED_AT", 5)
    shown = as_("officer").get(lists()["payments_payment"] + "?status=refunded").content
    assert b"there may be more further back" in shown
    assert b"Look further" in shown


@pytest.mark.parametrize("position", ["n.", "b.", "n.nonsense", "x.1", "-1", "n.\0", "🙂"])
def test_a_position_that_makes_no_sense_is_the_beginning(payments, turn, position):
    assert keys(turn(f"?p={position}")) == payments[:50]


@pytest.mark.parametrize("direction", ["n", "b"])
def test_no_list_of_any_order_stumbles_over_a_position_that_no_text_can_be(as_, office, direction):
    browser = as_("admin")
    for address in lists().values():
        whole = [row.pk for row in browser.get(address).context["cl"].result_list]
        at = browser.get(f"{address}?p={direction}.%00")
        assert (at.status_code, [row.pk for row in at.context["cl"].result_list]) == (200, whole), address
        assert browser.get(f"{address}?p={direction}.%F0%9F%92%B0%ED%A0%80").status_code == 200, address


@pytest.mark.parametrize("name", ["_x", "é", "ⅸ", "x" * 51, "1x", "X", "%00", "a b", ""])
def test_transfers_through_what_is_no_gateway_are_all_of_them(as_, office, name):
    browser = as_("officer")
    whole = browser.get(lists()["ledger_transfer"]).context["cl"].result_count
    answer = browser.get(f"{lists()['ledger_transfer']}?through={name}")
    assert (answer.status_code, answer.context["cl"].result_count) == (200, whole)
    assert browser.get(f"{lists()['ledger_transfer']}?through=nobody_99").context["cl"].result_list == []


@pytest.mark.parametrize(
    ("name", "asked", "said"),
    [
        ("payments_payment", "when=2026-13-01", "“2026-13-01” is no day; the list is not narrowed by it."),
        ("payments_payment", "status=sucess", "“sucess” is no choice under Status; the list is not narrowed by it."),
        ("ledger_transfer", "when=tomorrow", "“tomorrow” is no day; the list is not narrowed by it."),
        ("ledger_account", "whose=nobody&currency=KES", "“nobody” is no choice under Whose; the list is not narrowed by it."),
        ("access_auditentry", f"who={'x' * 101}", "is no choice under Who; the list is not narrowed by it."),
    ],
)
def test_a_filter_that_means_nothing_says_so(as_, office, name, asked, said):
    browser = as_("officer")
    shown = browser.get(f"{lists()[name]}?{asked}")
    assert said in shown.content.decode()
    assert shown.context["cl"].result_count == browser.get(lists()[name]).context["cl"].result_count > 0


def test_a_filter_that_took_effect_or_was_left_empty_says_nothing(as_, office):
    browser = as_("officer")
    for asked in ("", "when=", "when=today", "when=2026-03-14", "status=failed&when=", "currency=KES"):
        assert b"the list is not narrowed by it" not in browser.get(f"{lists()['payments_payment']}?{asked}").content, asked


def test_lists_by_code_page_the_other_way_round(as_, db, monkeypatch):
    from ledger.services.accounts import NewAccount, open_accounts

    monkeypatch.setattr("ledger.admin.accounts.AccountAdmin.list_per_page", 2)
    open_accounts([NewAccount(f"student:S{number}:KES") for number in range(5)])
    browser, at, seen = as_("officer"), "?", []
    while at:
        changelist = browser.get(lists()["ledger_account"] + at).context["cl"]
        seen += [row.code for row in changelist.result_list]
        at = changelist.after_url
    assert seen == [f"student:S{number}:KES" for number in range(5)]
    last = browser.get(lists()["ledger_account"] + "?p=n.student:S3:KES").context["cl"]
    back = browser.get(lists()["ledger_account"] + last.before_url).context["cl"]
    assert [row.code for row in back.result_list] == ["student:S2:KES", "student:S3:KES"]


def test_the_verdict_filter_reads_the_answer_where_it_stands(office, as_):
    from core.models import InboundOutcome

    browser = as_("officer")
    for verdict in ("settled", "duplicate", "recorded", "quarantined", "conflict", "poison"):
        shown = browser.get(lists()["core_inboundevent"], {"verdict": verdict}).context["cl"].result_list
        assert len(shown) == InboundOutcome.objects.filter(verdict=verdict).count()
        assert all(row.outcome.verdict == verdict for row in shown)
    [waiting] = browser.get(lists()["core_inboundevent"], {"verdict": "pending"}).context["cl"].result_list
    assert waiting.outcome is None
    assert len(browser.get(lists()["core_inboundevent"], {"verdict": "nonsense"}).context["cl"].result_list) == 9


def test_a_range_of_time_is_a_range_of_keys(payments, turn):
    assert len(keys(turn("?when=today"))) == 50
    assert turn("?when=today").count_in_words == "120"
    assert keys(turn("?when=yesterday")) == []
    assert turn("?when=7&status=failed").count_in_words == "12"
