"""What a student will not pay is written off, a fee charged in error is cancelled: once, and above a limit with two people."""

from collections import Counter
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from access import approvals
from access.approvals import Line
from access.errors import ApprovalNeeded, AuditIncomplete
from access.models import Approval, AuditEntry
from core.errors import AmountOutOfRange
from core.ids import public_id
from ledger import chart
from ledger.errors import AccountFrozen, InvalidTransfer, ReferenceConflict
from ledger.models import Account, Transfer
from ledger.services.balances import balance
from ledger.services.posting import NewTransfer, post
from ledger.services.verify import verify
from students.errors import MoreThanOwed, UnknownFee, UnknownStudent
from students.models import FeeCharge
from students.services.cancelling import Cancelled, cancel_fee, cancel_fee_or_request, preview_cancel
from students.services.charging import charge_fee
from students.services.enrolling import enroll_student
from students.services.writing_off import WrittenOff, preview_write_off, write_off, write_off_or_request
from tests.four_eyes import agree, hire
from tests.racing import overlap, race

JOAN = "student:S004:KES"
LOST = chart.expense("write_offs", "KES")
WHY = "Her scholarship came too late."
SMALL = {"student_id": "S004", "amount_minor": 100_000, "reference": "W-1"}
LARGE = {"student_id": "S004", "amount_minor": 4_000_000, "reference": "W-2"}


def enroll_and_charge() -> None:
    said = {"actor": "user:grace", "reason": "The term begins."}
    enroll_student(student_id="S004", first_name="Joan", last_name="Zuria", **said)
    charge_fee(student_id="S004", amount_minor=500_000, description="Library", reference="F-SMALL", **said)
    charge_fee(student_id="S004", amount_minor=4_500_000, description="Tuition", reference="F-LARGE", **said)


@pytest.fixture
def owing(db: None) -> None:
    """Joan owes KES 50,000.00."""
    enroll_and_charge()


@pytest.fixture
def grace(db: None) -> Any:
    return hire("Grace", "officer")


@pytest.fixture
def david(db: None) -> Any:
    return hire("David", "approver")


@transaction.atomic
def pay(amount_minor: int, reference: str = "T1") -> None:
    clearing = chart.gateway_clearing("cellulant", "KES")
    now = timezone.now()
    post([NewTransfer(clearing, JOAN, amount_minor, "KES", "deposit", reference, now, fact=True)])


def acts(prefix: str = "students.") -> list[tuple[str, str, str]]:
    entries = AuditEntry.objects.filter(act__startswith=prefix).exclude(act__in=["students.enroll", "students.charge"])
    return list(entries.order_by("id").values_list("actor", "act", "target"))


@pytest.mark.usefixtures("owing")
def test_a_small_debt_is_written_off_as_it_was_previewed(grace):
    seen = preview_write_off(**SMALL)
    assert seen.summary == "Write off KES 1,000.00 that S004 Joan Zuria owes; KES 49,000.00 stays owed."
    assert seen.lines == (Line(LOST, 100_000, 0, "KES"), Line(JOAN, 0, 100_000, "KES"))
    assert not seen.needs_approval

    done = write_off(**SMALL, actor=grace.actor, reason=WHY)

    assert (balance(JOAN), balance(LOST)) == (4_900_000, 100_000)
    transfer = Transfer.objects.get(kind="write_off")
    assert done == WrittenOff("S004", 100_000, "KES", transfer.id, new=True)
    assert (transfer.reference, transfer.memo) == ("write_off:W-1", "Written off")
    assert acts() == [(grace.actor, "students.write_off", "student:S004")]
    assert write_off(**SMALL, actor=grace.actor, reason=WHY) == done._replace(new=False)
    assert (balance(JOAN), len(acts())) == (4_900_000, 1)
    assert verify() == []


@pytest.mark.usefixtures("owing")
def test_a_large_debt_takes_another_person(grace, david):
    assert preview_write_off(**LARGE).needs_approval
    with pytest.raises(ApprovalNeeded):
        write_off(**LARGE, actor=grace.actor, reason=WHY)
    asked = write_off_or_request(**LARGE, actor=grace.actor, reason=WHY)
    assert isinstance(asked, Approval)
    assert (balance(JOAN), asked.summary) == (5_000_000, preview_write_off(**LARGE).summary)
    assert approvals.preview(asked.kind, asked.payload) == preview_write_off(**LARGE)

    done = agree(asked, david)

    assert balance(JOAN) == 1_000_000
    assert done.result == {"transfer": public_id("transfer", Transfer.objects.get(kind="write_off").id)}
    assert acts() == [(grace.actor, "students.write_off", "student:S004")]
    assert AuditEntry.objects.get(act="students.write_off").after["approved_by"] == david.actor
    assert isinstance(write_off_or_request(**SMALL, actor=grace.actor, reason=WHY), WrittenOff)
    assert verify() == []


@pytest.mark.usefixtures("owing")
@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"student_id": "S404"}, UnknownStudent),
        ({"amount_minor": 5_000_001}, MoreThanOwed),
        ({"amount_minor": 0}, AmountOutOfRange),
        ({"amount_minor": 1.5}, InvalidTransfer),
        ({"reference": ""}, InvalidTransfer),
    ],
    ids=str,
)
def test_what_can_not_be_written_off_is_refused(grace, change, refusal):
    for attempt in (preview_write_off, partial(write_off_or_request, actor=grace.actor, reason=WHY)):
        with pytest.raises(refusal):
            attempt(**SMALL | change)
    assert (balance(JOAN), acts(), Approval.objects.count()) == (5_000_000, [], 0)


@pytest.mark.usefixtures("owing")
def test_no_more_is_written_off_than_is_owed_by_then(grace, david):
    asked = write_off_or_request(**LARGE, actor=grace.actor, reason=WHY)
    pay(1_000_001)
    with pytest.raises(MoreThanOwed, match=r"owes KES 39,999\.99"):
        agree(asked, david)
    pay(3_999_000, "T2")
    with pytest.raises(MoreThanOwed):
        write_off(student_id="S004", amount_minor=1_000, reference="W-3", actor=grace.actor, reason=WHY)
    write_off(student_id="S004", amount_minor=999, reference="W-3", actor=grace.actor, reason=WHY)
    assert balance(JOAN) == 0
    with pytest.raises(MoreThanOwed, match=r"owes KES 0\.00"):
        write_off(student_id="S004", amount_minor=1, reference="W-4", actor=grace.actor, reason=WHY)


@pytest.mark.usefixtures("owing")
def test_a_reference_is_good_for_one_write_off(grace, david):
    write_off(**SMALL, actor=grace.actor, reason=WHY)
    with pytest.raises(ReferenceConflict):
        preview_write_off(**SMALL)
    with pytest.raises(ReferenceConflict):
        write_off(**SMALL | {"amount_minor": 1}, actor=grace.actor, reason=WHY)
    with pytest.raises(ReferenceConflict):
        write_off_or_request(**LARGE | {"reference": "W-1"}, actor=grace.actor, reason=WHY)


@pytest.mark.usefixtures("owing")
def test_a_frozen_account_keeps_its_debt(grace):
    Account.objects.filter(code=JOAN).update(state="frozen")
    for attempt in (
        partial(preview_write_off, **SMALL),
        partial(write_off, **SMALL, actor=grace.actor, reason=WHY),
        partial(preview_cancel, reference="F-SMALL"),
        partial(cancel_fee, reference="F-SMALL", actor=grace.actor, reason=WHY),
    ):
        with pytest.raises(AccountFrozen):
            attempt()
    assert (balance(JOAN), acts()) == (5_000_000, [])


@pytest.mark.usefixtures("owing")
@pytest.mark.parametrize("said", [{"actor": ""}, {"reason": " "}])
def test_nothing_is_given_up_without_an_actor_and_a_reason(grace, said):
    who = {"actor": grace.actor, "reason": WHY} | said
    for attempt in (
        partial(write_off, **SMALL),
        partial(cancel_fee, reference="F-SMALL"),
        partial(write_off_or_request, **LARGE),
    ):
        with pytest.raises(AuditIncomplete):
            attempt(**who)
    assert balance(JOAN) == 5_000_000


@pytest.mark.usefixtures("owing")
def test_a_fee_charged_in_error_is_cancelled_once_and_its_record_stays(grace):
    pay(4_800_000)
    seen = preview_cancel(reference="F-SMALL")
    assert seen.summary == "Cancel Library, KES 5,000.00, that S004 Joan Zuria was charged as F-SMALL."
    assert seen.lines == (Line("income:fees:KES", 500_000, 0, "KES"), Line(JOAN, 0, 500_000, "KES"))
    assert seen.warnings == ("Some of it is paid: S004 Joan Zuria will have a credit of KES 3,000.00.",)

    done = cancel_fee(reference="F-SMALL", actor=grace.actor, reason=WHY)

    assert (balance(JOAN), balance("income:fees:KES")) == (-300_000, 4_500_000)
    mirror = Transfer.objects.get(kind="reversal")
    assert (mirror.reverses_id, mirror.memo) == (FeeCharge.objects.get(reference="F-SMALL").transfer_id, "Cancelled: Library")
    assert done == Cancelled("F-SMALL", 500_000, "KES", mirror.id, new=True)
    assert cancel_fee(reference="F-SMALL", actor=grace.actor, reason=WHY) == done._replace(new=False)
    assert acts() == [(grace.actor, "students.cancel_fee", "student:S004")]
    with pytest.raises(ReferenceConflict):
        preview_cancel(reference="F-SMALL")
    with pytest.raises(UnknownFee):
        cancel_fee(reference="F-404", actor=grace.actor, reason=WHY)
    assert verify() == []


@pytest.mark.usefixtures("owing")
def test_a_large_fee_is_cancelled_by_two_people_and_is_no_way_around_the_limit(grace, david):
    assert preview_cancel(reference="F-LARGE").needs_approval
    with pytest.raises(ApprovalNeeded):
        cancel_fee(reference="F-LARGE", actor=grace.actor, reason=WHY)
    asked = cancel_fee_or_request(reference="F-LARGE", actor=grace.actor, reason=WHY)
    assert isinstance(asked, Approval)
    agree(asked, david)
    assert balance(JOAN) == 500_000
    with pytest.raises(ReferenceConflict):
        cancel_fee_or_request(reference="F-LARGE", actor=grace.actor, reason=WHY)
    assert isinstance(cancel_fee_or_request(reference="F-SMALL", actor=grace.actor, reason=WHY), Cancelled)
    assert verify() == []


@pytest.mark.usefixtures("owing")
@pytest.mark.parametrize("reason", ["a\u202ab", "two\nlines", "\N{ZERO WIDTH JOINER}"])
@pytest.mark.parametrize(
    "ask",
    [partial(write_off_or_request, **LARGE), partial(cancel_fee_or_request, reference="F-LARGE")],
    ids=["write off", "cancel"],
)
def test_whatever_stands_in_the_reason_it_can_be_approved(grace, david, ask, reason):
    asked = ask(actor=grace.actor, reason=reason)
    assert isinstance(asked, Approval)
    assert agree(asked, david).status == "executed"
    assert AuditEntry.objects.get(act=asked.kind).reason == reason


@pytest.mark.usefixtures("owing")
def test_the_database_writes_off_nothing_large_for_one_person():
    transfer = NewTransfer(LOST, JOAN, 4_000_000, "KES", "write_off", "write_off:W", timezone.now())
    with pytest.raises(IntegrityError, match="no second person"), transaction.atomic():
        post([transfer])


@pytest.mark.usefixtures("owing")
def test_the_runtime_role_can_do_all_of_it(grace, david):
    who = {"actor": grace.actor, "reason": WHY}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE bursar_app")
        write_off(**SMALL, **who)
        agree(cancel_fee_or_request(reference="F-LARGE", **who), david)
        cancel_fee(reference="F-SMALL", **who)
        cursor.execute("RESET ROLE")
    assert balance(JOAN) == -100_000


@pytest.mark.django_db(transaction=True)
def test_two_write_offs_at_once_take_no_more_than_is_owed():
    enroll_and_charge()
    pay(4_900_000)
    runners = [
        partial(write_off, student_id="S004", amount_minor=60_000, reference=f"W-{n}", actor="user:grace", reason=WHY)
        for n in range(4)
    ]
    answers = race(*runners)
    assert Counter(type(answer).__name__ for answer in answers) == {"WrittenOff": 1, "MoreThanOwed": 3}
    assert (balance(JOAN), len(acts())) == (40_000, 1)
    assert verify() == []


@pytest.mark.django_db(transaction=True)
def test_a_payment_that_comes_meanwhile_is_counted():
    enroll_and_charge()
    lost = partial(write_off, student_id="S004", amount_minor=900_000, reference="W-1", actor="user:grace", reason=WHY)
    _, answer = overlap(partial(pay, 4_200_000), lost)
    assert isinstance(answer, MoreThanOwed)
    assert balance(JOAN) == 800_000


@pytest.mark.django_db(transaction=True)
def test_a_fee_is_cancelled_once_by_whoever_comes_first():
    enroll_and_charge()
    answers = race(*[partial(cancel_fee, reference="F-SMALL", actor="user:grace", reason=WHY)] * 4)
    assert Counter(answer.new for answer in answers) == {True: 1, False: 3}
    assert (balance(JOAN), len(acts())) == (4_500_000, 1)
