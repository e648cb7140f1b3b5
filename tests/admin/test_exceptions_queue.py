"""The exceptions queue: what happened in plain words, what would be booked, and what becomes of it."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest

from core.admin.reasons import is_told
from core.exceptions import NewItem, open_items
from core.ids import lowest_id_at
from core.models import ExceptionItem
from ledger.services.balances import balance
from payments.evidence import AmountRule
from tests.admin.desk import WHY, about, big_money, do, item_act, item_of, read, seen_on, told
from tests.admin.office import lists, payment
from tests.cast import decide_all, owed_by
from tests.payments.shop import a_merchant, an_order, asked_for, settled, success

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent.parent
QUEUE = "/admin/core/exceptionitem/"
MINUS = "\N{MINUS SIGN}"


@pytest.fixture
def officer(office, as_):
    return as_("officer")


def listed(browser, query=""):
    return [row.pk for row in browser.get(lists()["core_exceptionitem"] + query).context["cl"].result_list]


def test_it_opens_at_what_is_open_and_filters_by_kind_state_and_age(officer):
    flag, suspense = item_of(kind="flag"), item_of(kind="suspense")
    told(officer, do(officer, item_act(flag, "accept")))
    assert flag.pk not in listed(officer)
    assert listed(officer, "?status=resolved") == [flag.pk]
    assert flag.pk in listed(officer, "?status=all")
    assert listed(officer, "?kind=suspense") == [suspense.pk]
    assert listed(officer, f"?q={payment('TXN_3').public_id}") == [flag.pk], "a search looks at everything"
    assert listed(officer, "?age=hour") == []
    old = lowest_id_at(suspense.created_at - timedelta(days=2))
    ExceptionItem.objects.filter(pk=suspense.pk).update(id=old)
    assert listed(officer, "?age=day") == [old]
    assert listed(officer, "?age=week") == []


def test_each_says_in_plain_words_what_happened_and_what_it_is_about(officer):
    page = read(officer.get(lists()["core_exceptionitem"]))
    assert "Nobody's account No account student:S404:KES takes money." in page
    assert "Another amount KES 50,000.00 was known under this reference" in page
    one = officer.get(f"{QUEUE}{about('TXN_2').public_id}/change/").content.decode()
    for address in (f"/admin/payments/payment/{payment('TXN_2').public_id}/change/", "/admin/core/inboundevent/in_"):
        assert address in one


def codes_in_the_source():
    """Every reason under which something is put in front of staff."""
    for app in ("core", "payments", "webhooks"):
        for path in (ROOT / app).rglob("*.py"):
            if "admin" in path.parts or "management" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                # The code is the first thing said of what can't be settled, and the second of what is put in front of staff.
                at = {"Unsettleable": 0, "NewItem": 1}.get(getattr(node.func, "id", "")) if isinstance(node, ast.Call) else None
                if at is not None and isinstance(code := node.args[at], ast.Constant):
                    yield code.value


def test_every_reason_for_an_exception_has_its_sentence():
    from payments.services import batch

    flags = {*batch._PLAIN_WORDS, *batch._FLAG_OF_STATE.values()}
    assert {code for code in {*codes_in_the_source(), *flags} if not is_told(code)} == set()


def test_money_in_suspense_is_allocated_as_it_was_shown(officer):
    item = about("TXN_2")
    address = item_act(item, "allocate") + "?account=joan"
    page = read(officer.get(address))
    assert "Allocate KES 1,000.00 to student:S004:KES, from suspense." in page
    assert "The payer meant student:S404:KES." in page
    assert "suspense:KES KES 1,000.00 — KES 1,000.00 KES 0.00" in page
    assert "student:S004:KES Joan Zuria — KES 1,000.00 KES 100,000.00 KES 99,000.00" in page
    assert "second person" not in page
    assert "KES 1,000.00 is allocated to student:S004:KES." in told(officer, do(officer, address))
    assert (balance("suspense:KES"), owed_by("S004")) == (0, 99_000_00)
    item.refresh_from_db()
    assert (item.status, item.resolution) == ("resolved", f"Allocated to student:S004:KES: {WHY}")


def test_above_the_limit_it_says_so_before_and_moves_nothing(officer):
    from access.models import Approval

    item = big_money()
    address = item_act(item, "allocate") + "?account=S003"
    page = read(officer.get(address))
    assert "This takes a second person." in page
    assert "Ask for approval" in page
    assert "nothing is booked before another person approves" in told(officer, do(officer, address))
    assert balance("suspense:KES") == 181_000_00
    asked = Approval.objects.get()
    told(officer, do(officer, address))
    assert Approval.objects.get() == asked, "asked for twice it is one request"
    waits = read(officer.get(f"{QUEUE}{item.public_id}/change/"))
    assert "Waits for another person to approve it: Allocate KES 180,000.00 to student:S003:KES" in waits


def test_what_has_changed_since_it_was_seen_is_looked_at_again(officer):
    """More of the money comes between looking and sending."""
    from django.db import transaction

    from payments.evidence import Evidence, Key
    from payments.services.settling import settle
    from payments.statuses import Status

    address = item_act(about("TXN_2"), "allocate") + "?account=S004"
    seen = seen_on(officer.get(address))
    key = Key("transaction", "TXN_2")
    with transaction.atomic():
        settle([Evidence("cellulant", "stk", (key,), Status.SUCCEEDED, 700, "KES", movement=Key("receipt", "R2"))])
    refused = officer.post(address, {"reason": WHY, "seen": seen})
    assert refused.status_code == 409
    assert "Allocate KES 1,007.00" in read(refused)
    assert balance("suspense:KES") == 100_700
    assert WHY in refused.content.decode(), "what was typed is not lost"
    assert officer.post(address, {"reason": WHY, "seen": seen_on(refused)}).status_code == 302
    assert balance("suspense:KES") == 0


@pytest.mark.parametrize(
    ("account", "complaint"),
    [
        ("nobody", "No account goes by that"),
        ("Ali", "2 accounts or more fit that: student:S002:KES, student:S003:KES"),
        ("", "This field is required"),
        ("suspense:KES", "No account goes by that"),
        ("income:fees:KES", "No account goes by that"),
        ("x" * 300, "at most 200 characters"),
        ("%", "No account goes by that"),
        ("0799", "No account goes by that"),
    ],
)
def test_an_account_that_will_not_do_is_told_beside_the_field(officer, account, complaint):
    page = officer.get(item_act(about("TXN_2"), "allocate"), {"account": account})
    assert complaint in read(page)
    assert not seen_on(page)


@pytest.mark.parametrize("state", ["frozen", "closed"])
def test_an_account_that_takes_nothing_is_told_on_the_page(officer, state):
    from ledger.models import Account

    Account.objects.filter(code="student:S004:KES").update(state=state)
    page = officer.get(item_act(about("TXN_2"), "allocate") + "?account=S004")
    assert (page.status_code, f"student:S004:KES is {state}." in read(page)) == (409, True)


@pytest.mark.parametrize("term", ["S004", "s004", "joan", "Joan Zu", "0712345678", "+254 712 345678", "student:S004:KES"])
def test_the_field_offers_who_goes_by_an_id_a_name_or_a_phone(officer, term):
    [offer] = officer.get("/admin/ledger/account/find/", {"q": term, "owned": "1"}).json()["accounts"]
    assert offer == {"code": "student:S004:KES", "name": "Joan Zuria", "note": "owes KES 100,000.00"}


def test_the_field_offers_nothing_to_strangers_and_nothing_for_nonsense(officer, as_, client):
    assert as_("new").get("/admin/ledger/account/find/", {"q": "joan"}).status_code == 403
    assert client.get("/admin/ledger/account/find/", {"q": "joan"}).status_code == 302
    for term in ("", "j", "\0", "%", "'; drop table account", "x" * 5000):
        assert officer.get("/admin/ledger/account/find/", {"q": term}).json() == {"accounts": []}


def test_a_student_who_has_enrolled_since_is_offered_the_money(officer):
    from students.services.enrolling import enroll_student

    enroll_student(student_id="S404", first_name="Late", last_name="Comer", actor="system:test", reason="He came.")
    item = about("TXN_2")
    page = read(officer.get(f"{QUEUE}{item.public_id}/change/"))
    assert "The account that the payer meant takes money by now." in page
    assert f"student:S404:KES Late Comer — KES 1,000.00 KES 0.00 {MINUS}KES 1,000.00" in page
    assert 'value="student:S404:KES"' in officer.get(item_act(item, "allocate")).content.decode()


def test_a_replay_shows_what_it_would_book_and_the_worker_does(officer):
    from tests.cast import deliver, notification

    deliver(notification("TXN_NEW", student="S004", amount=2_000.0, currency="USD"))
    decide_all()
    item = item_of(kind="quarantine", reason="another_currency")
    assert "it would be quarantined again: The owner has accounts, but none in this currency" in read(
        officer.get(item_act(item, "replay"))
    )
    from ledger.services.accounts import open_account

    open_account("student:S004:USD")
    page = read(officer.get(item_act(item, "replay")))
    assert "it would be settled, and what it says booked" in page
    assert f"student:S004:USD Joan Zuria — USD 2,000.00 USD 0.00 {MINUS}USD 2,000.00" in page
    assert balance("student:S004:USD") == 0
    told(officer, do(officer, item_act(item, "replay")))
    decide_all()
    item.refresh_from_db()
    assert (balance("student:S004:USD"), item.status) == (-2_000_00, "resolved")


def test_many_replays_are_looked_at_in_as_many_questions_as_a_few(officer):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tests.cast import deliver, notification

    def asked():
        items = ExceptionItem.objects.filter(kind="quarantine", status="open")
        address = f"{QUEUE}do/replay/?" + "&".join(f"chosen={item.public_id}" for item in items)
        with CaptureQueriesContext(connection) as questions:
            assert seen_on(officer.get(address))
        return items.count(), len(questions)

    deliver(notification("USD_0", currency="USD"))
    decide_all()
    few, of_few = asked()
    deliver(*[notification(f"USD_{number}", currency="USD") for number in range(1, 20)])
    decide_all()
    many, of_many = asked()
    assert (few, many) == (2, 21)
    assert of_many == of_few


def test_what_is_to_be_returned_can_be_kept_after_all(officer):
    item = about("TXN_2")
    told(officer, do(officer, item_act(item, "return")))
    page = read(officer.get(f"{QUEUE}{item.public_id}/change/"))
    assert "To be returned" in page
    assert "Keep after all" in page
    told(officer, do(officer, item_act(item, "keep")))
    item.refresh_from_db()
    assert item.status == "open"


def test_what_an_order_got_too_much_of_is_not_offered_to_be_kept(officer):
    order = an_order(a_merchant())
    settled(success(asked_for(order), "R1", 120_000, AmountRule.PAYER_DECIDES))
    item = item_of(reason="more_than_the_order")
    page = read(officer.get(f"{QUEUE}{item.public_id}/change/"))
    assert "To be returned" in page
    assert "Keep after all" not in page
    answer = officer.get(item_act(item, "keep"))
    assert answer.status_code == 409
    assert "The order is paid, so this can only be given back to its payer." in read(answer)


def test_what_is_kept_leads_to_what_it_is_joined_with(officer):
    item = about("TXN_2")
    told(officer, do(officer, item_act(item, "return")))
    open_items([NewItem(ExceptionItem.Kind.SUSPENSE, item.reason, item.subject, str(item.payment_id), None, 1, "KES")])
    twin = item_of(subject=item.subject, status="open")
    assert f"joined with {twin.public_id}" in read(officer.get(item_act(item, "keep")))
    answer = do(officer, item_act(item, "keep"))
    assert answer["Location"] == f"{QUEUE}{twin.public_id}/change/"
    assert "It is joined with this one, which waits for all of it." in told(officer, answer)


def test_many_at_once_with_a_preview_of_all_and_one_reason(officer):
    from access.models import AuditEntry

    everything = list(ExceptionItem.objects.filter(status="open"))
    address = f"{QUEUE}do/dismiss/?" + "&".join(f"chosen={item.public_id}" for item in everything)
    page = read(officer.get(address))
    assert "Dismiss 2 items: nothing of it is booked, now or later." in page
    assert "Left alone, because this is not meant for them: 1 flag, 1 suspense." in page
    assert "2 dismissed. Nothing was booked." in told(officer, do(officer, address))
    assert AuditEntry.objects.filter(act="webhooks.dismiss", reason=WHY).count() == 2
    assert {item.kind for item in ExceptionItem.objects.filter(status="open")} == {"flag", "suspense"}


def test_what_was_chosen_and_fits_nothing_is_told(officer):
    page = officer.get(f"{QUEUE}do/accept/?chosen={about('TXN_2').public_id}")
    assert (page.status_code, seen_on(page)) == (409, "")
    assert "None of those chosen is open and of a kind that this is meant for." in read(page)


def test_the_raw_message_is_shown_by_permission(officer, as_):
    address = f"{QUEUE}{about('TXN_2').public_id}/change/"
    assert '"studentId": "S404"' in read(officer.get(address))
    shown = read(as_("viewer").get(address))
    assert '"studentId"' not in shown
    assert "your role does not read it" in shown
