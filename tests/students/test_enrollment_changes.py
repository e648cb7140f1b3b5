from functools import partial

import pytest

from access.models import AuditEntry
from ledger import chart
from ledger.models import Account
from ledger.services.accounts import open_account
from ledger.services.balances import balance
from students.errors import UnknownStudent
from students.services.charging import charge_fee
from students.services.enrolling import enroll_student, set_enrollment
from tests.racing import overlap, race

ACT = {"actor": "user:grace", "reason": "Left the school."}


def state_of(code):
    return Account.objects.get(code=code).state


def test_an_inactive_student_has_an_account_under_review_and_an_active_one_again_an_open_one(joan):
    assert set_enrollment(student_id="S004", status="INACTIVE", **ACT).enrollment_status == "INACTIVE"
    assert state_of(joan.account_code) == "review"

    set_enrollment(student_id="S004", status="ACTIVE", **ACT)
    assert state_of(joan.account_code) == "open"


def test_the_change_is_audited_once_with_before_and_after(joan):
    for _ in range(2):
        set_enrollment(student_id="S004", status="INACTIVE", **ACT)

    entry = AuditEntry.objects.get(act="students.set_enrollment")
    assert (entry.target, entry.reason) == ("student:S004", "Left the school.")
    assert (entry.before, entry.after) == ({"enrollment_status": "ACTIVE"}, {"enrollment_status": "INACTIVE"})


def test_what_staff_froze_stays_frozen(joan):
    Account.objects.get(code=joan.account_code).freeze()
    set_enrollment(student_id="S004", status="INACTIVE", **ACT)
    set_enrollment(student_id="S004", status="ACTIVE", **ACT)

    assert state_of(joan.account_code) == "frozen"


def test_accounts_in_other_currencies_follow_and_other_peoples_do_not(joan):
    abroad = open_account(chart.student("S004", "USD"))
    other = enroll_student(student_id="S0041", first_name="Joan", last_name="Other", **ACT)
    wallet = open_account(chart.wallet("w1"), owner=joan.owner, currency="KES")
    set_enrollment(student_id="S004", status="INACTIVE", **ACT)

    assert [state_of(code) for code in (abroad.code, other.account_code, wallet.code)] == ["review", "open", "open"]


def test_an_unknown_student_and_an_unknown_status_are_refused(joan):
    with pytest.raises(UnknownStudent):
        set_enrollment(student_id="S404", status="INACTIVE", **ACT)
    with pytest.raises(ValueError, match="EXPELLED"):
        set_enrollment(student_id="S004", status="EXPELLED", **ACT)


def test_an_inactive_student_can_still_be_charged_what_is_due(mohammed):
    charge_fee(student_id="S002", amount_minor=100, description="Library book", reference="F1", **ACT)

    assert balance(mohammed.account_code) == 100


@pytest.mark.django_db(transaction=True)
def test_a_change_waits_for_the_one_before_it_and_then_has_the_last_word(joan):
    overlap(*[partial(set_enrollment, student_id="S004", status=status, **ACT) for status in ("INACTIVE", "ACTIVE")])

    joan.refresh_from_db()
    assert (joan.enrollment_status, state_of(joan.account_code)) == ("ACTIVE", "open")


@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_leave_student_and_account_agreeing(joan):
    race(*[partial(set_enrollment, student_id="S004", status=status, **ACT) for status in ("INACTIVE", "ACTIVE", "INACTIVE")])

    joan.refresh_from_db()
    assert (joan.enrollment_status, state_of(joan.account_code)) in {("ACTIVE", "open"), ("INACTIVE", "review")}
