"""Fees, write-offs and adjustments from their pages: what is wrong is told beside the field, what is right is booked as shown."""

import pytest

from access.models import Approval
from core.ids import public_id
from ledger.models import Account
from ledger.services.balances import balance
from ledger.services.verify import verify
from students.models import FeeCharge
from tests.admin.desk import do, read, seen_on, told
from tests.cast import owed_by

pytestmark = pytest.mark.django_db
JOAN = "/admin/students/student/S004/do/"
ADJUST = "/admin/ledger/account/do/adjust/"
FEE = {"amount": "1,500", "description": "Library fine", "term": "Term 3", "due_date": "2027-01-31", "reference": "F-1"}
VOUCHER = {"debit": "bank:equity:KES", "credit": "income:donations:KES", "amount": "2500.5", "reference": "V-1"}


@pytest.fixture
def officer(office, as_):
    return as_("officer")


def asking(fields):
    from urllib.parse import urlencode

    return f"?{urlencode(fields)}"


def test_a_fee_is_charged_as_shown(officer):
    address = f"{JOAN}charge/" + asking(FEE)
    page = read(officer.get(address))
    assert "Charge S004 Joan Zuria KES 1,500.00 for Library fine." in page
    assert "student:S004:KES Joan Zuria KES 1,500.00 — KES 100,000.00 KES 101,500.00" in page
    assert "Joan Zuria is charged KES 1,500.00 for Library fine." in told(officer, do(officer, address))
    fee = FeeCharge.objects.get(reference="F-1")
    assert (fee.amount_minor, fee.term, str(fee.due_date)) == (1_500_00, "Term 3", "2027-01-31")
    assert owed_by("S004") == 101_500_00
    again = officer.get(address)
    assert (again.status_code, "F-1 is charged already." in read(again)) == (409, True)


def test_each_form_comes_with_a_reference_that_nobody_has(officer):
    references = {officer.get(f"{JOAN}charge/").content.decode().partition('name="reference" value="')[2][:12] for _ in range(5)}
    assert len(references) == 5
    assert all(reference.startswith("F-") for reference in references)


@pytest.mark.parametrize(
    ("amount", "complaint"),
    [
        ("1.005", "KES has 2 decimals."),
        ("0", "More than zero."),
        ("0.00", "More than zero."),
        ("-5", "Not an amount"),
        ("1e3", "Not an amount"),
        ("NaN", "Not an amount"),
        ("1,5", "Not an amount"),
        ("1.500,00", "Not an amount"),
        ("١٢٣", "Not an amount"),
        ("fifty", "Not an amount"),
        ("9999999999999999", "larger than the books carry"),
        ("9" * 41, "at most 40 characters"),
        ("", "This field is required."),
    ],
)
def test_an_amount_is_read_exactly_or_not_at_all(officer, amount, complaint):
    for address, fields in ((f"{JOAN}charge/", FEE), (f"{JOAN}write-off/", {"reference": "W-1"}), (ADJUST, VOUCHER)):
        page = officer.get(address, {**fields, "amount": amount})
        assert complaint in read(page), address
        assert not seen_on(page)


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("due_date", "31.1.2027", "A day, as 2026-01-31."),
        ("description", "x" * 201, "at most 200 characters"),
        ("description", "two\nlines", "1 to 200 printable characters."),
        ("reference", "", "This field is required."),
        ("term", "T\x01", "0 to 200 printable characters."),
    ],
)
def test_what_is_wrong_with_a_fee_is_told_beside_its_field(officer, field, value, complaint):
    page = officer.get(f"{JOAN}charge/", {**FEE, field: value})
    assert complaint in read(page)
    assert f'id="id_{field}_error"' in page.content.decode()
    assert not seen_on(page)


@pytest.mark.parametrize("state", ["frozen", "closed"])
def test_nothing_is_charged_to_an_account_that_takes_nothing(officer, state):
    Account.objects.filter(code="student:S004:KES").update(state=state)
    for address in (
        f"{JOAN}charge/" + asking(FEE),
        f"{JOAN}write-off/?amount=5&reference=W-1",
        ADJUST + asking({**VOUCHER, "credit": "S004"}),
    ):
        page = officer.get(address)
        assert (page.status_code, f"student:S004:KES is {state}." in read(page)) == (409, True), address


def test_a_debt_is_written_off_alone_up_to_the_limit(officer):
    assert 'value="100000.00"' in officer.get(f"{JOAN}write-off/").content.decode()
    address = f"{JOAN}write-off/?amount=10000&reference=W-1"
    assert "second person" not in read(officer.get(address))
    assert "KES 10,000.00 is written off." in told(officer, do(officer, address))
    assert owed_by("S004") == 90_000_00
    more = officer.get(f"{JOAN}write-off/?amount=90000.01&reference=W-2")
    assert (more.status_code, "owes KES 90,000.00" in read(more)) == (409, True)


def test_above_the_limit_a_write_off_and_a_cancelled_fee_are_only_asked_for(officer):
    tuition = public_id("fee", FeeCharge.objects.get(reference="S004 Tuition").pk)
    for address in (f"{JOAN}write-off/?amount=10000.01&reference=W-1", f"/admin/students/feecharge/{tuition}/do/cancel/"):
        assert "This takes a second person." in read(officer.get(address))
        assert "nothing is booked before another person approves" in told(officer, do(officer, address))
    assert (owed_by("S004"), Approval.objects.filter(status="requested").count()) == (100_000_00, 2)


def test_a_small_fee_is_cancelled_from_its_page_once(officer):
    told(officer, do(officer, f"{JOAN}charge/" + asking(FEE)))
    fee = f"/admin/students/feecharge/{public_id('fee', FeeCharge.objects.get(reference='F-1').pk)}/"
    assert "Library fine, KES 1,500.00, is cancelled." in told(officer, do(officer, f"{fee}do/cancel/"))
    assert owed_by("S004") == 100_000_00
    again = officer.get(f"{fee}do/cancel/")
    assert (again.status_code, "is booked already" in read(again)) == (409, True)


def test_who_owes_nothing_has_nothing_to_be_written_off(officer):
    labels = [door.label for door in officer.get("/admin/students/student/S003/change/").context["page"].doors]
    assert labels == ["Charge a fee"]


def test_an_adjustment_is_shown_and_asked_for_and_never_booked_alone(officer, as_):
    page = read(officer.get(ADJUST + asking(VOUCHER)))
    assert "Adjust KES 2,500.50: debit bank:equity:KES, credit income:donations:KES, as V-1." in page
    assert "bank:equity:KES KES 2,500.50 — KES 0.00 KES 2,500.50" in page
    assert "income:donations:KES — KES 2,500.50 KES 0.00 KES 2,500.50" in page
    told(officer, do(officer, ADJUST + asking(VOUCHER)))
    asked = Approval.objects.get()
    assert not Account.objects.filter(code="bank:equity:KES").exists()
    approver = as_("approver")
    told(approver, do(approver, f"/admin/access/approval/{asked.public_id}/do/approve/"))
    assert (balance("bank:equity:KES"), balance("income:donations:KES")) == (2_500_50, 2_500_50)
    assert verify() == []


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"credit": "bank:equity:KES"}, "Another account than the one that is debited."),
        ({"credit": "nobody"}, "No account goes by that"),
        ({"credit": "income:donations:XXX"}, "No account goes by that"),
        ({"credit": "student:S999:KES"}, "No account goes by that"),
        ({"debit": "Ali"}, "2 accounts or more fit that"),
        ({"credit": "income:donations:USD"}, "is kept in KES, income:donations:USD in USD"),
        ({"credit": "suspense:KES"}, "an adjustment does not touch it"),
        ({"debit": "bank:equity:JPY", "credit": "income:donations:JPY", "amount": "10.5"}, "JPY has 0 decimals."),
        ({"debit": "bank:equity:KWD", "credit": "income:donations:KWD", "amount": "10.1234"}, "KWD has 3 decimals."),
    ],
)
def test_what_is_wrong_with_an_adjustment_is_told(officer, fields, complaint):
    page = officer.get(ADJUST, {**VOUCHER, **fields})
    assert complaint in read(page)
    assert not seen_on(page)


def test_an_amount_has_the_decimals_of_its_own_currency(officer):
    dinar = {**VOUCHER, "debit": "bank:equity:KWD", "credit": "income:donations:KWD", "amount": "10.125"}
    assert "Adjust KWD 10.125" in read(officer.get(ADJUST, dinar))
