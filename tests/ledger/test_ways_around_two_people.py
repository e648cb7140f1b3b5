"""Whatever a transfer is called, and however it comes: the database books none that gives money away without a second person."""

from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from core.ids import new_id
from ledger import chart
from ledger.models import Account, Transfer
from ledger.services.accounts import open_account
from ledger.services.balances import balance
from ledger.services.reversing import reverse
from ledger.services.verify import verify
from students.services.charging import charge_fee
from students.services.enrolling import enroll_student
from tests.ledger.cast import ALICE, ALICE_OWES, CLEARING, FEES, JOAN, book, movement

pytestmark = pytest.mark.usefixtures("books")

SHOP, SUSPENSE = chart.merchant_payable("shop", "KES"), chart.suspense("KES")
LOST, BANK = chart.expense("write_offs", "KES"), chart.bank("equity", "KES")
MUCH = 10**9

AROUND = [
    # Kinds that nobody knows.
    ("whatever", FEES, JOAN),
    ("refund", SUSPENSE, JOAN),
    # What staff book, without the second person.
    ("adjustment", FEES, JOAN),
    ("allocation", SUSPENSE, JOAN),
    ("write_off", LOST, JOAN),
    # The same under the name of what needs none.
    ("fee", FEES, JOAN),
    ("fee", JOAN, FEES),
    ("payment", FEES, JOAN),
    ("payment", SUSPENSE, JOAN),
    ("payment", SHOP, JOAN),
    ("payment", CLEARING, FEES),
    ("payment", CLEARING, BANK),
    ("excess", SUSPENSE, JOAN),
    ("excess", JOAN, SUSPENSE),
    ("shortfall", ALICE_OWES, JOAN),
    ("shortfall", FEES, ALICE),
    ("reversal", FEES, JOAN),
]


@pytest.fixture
def everyone(books: None) -> None:
    """Every account that is named above is there."""
    open_account(SHOP)
    book(*[movement(f"open {code}", 1, debit=code, credit=CLEARING) for code in (SUSPENSE, LOST, BANK, ALICE_OWES, FEES)])


def by_hand(kind: str, debit: str, credit: str, into: str = "transfer", role: str = "bursar_app", **other: Any) -> None:
    """The transfer alone, by plain SQL, as the runtime role unless another is named."""
    row = {"id": new_id(), "amount": MUCH, "reference": "W1", "reverses": None} | other
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}" if role else "RESET ROLE")
        cursor.execute(
            f"INSERT INTO {into} (id, debit_account_id, credit_account_id, amount_minor, currency, kind, reference, reverses_id,"  # noqa: S608 # a table of ours
            " effective_at, memo) SELECT %(id)s, d.id, c.id, %(amount)s, 'KES', %(kind)s, %(reference)s, %(reverses)s, now(), ''"
            " FROM account d, account c WHERE d.code = %(debit)s AND c.code = %(credit)s",
            row | {"kind": kind, "debit": debit, "credit": credit},
        )
        cursor.execute("RESET ROLE")


@pytest.mark.usefixtures("everyone")
@pytest.mark.parametrize(("kind", "debit", "credit"), AROUND)
def test_there_is_no_way_around(kind: str, debit: str, credit: str) -> None:
    tries = [partial(book, movement("W1", MUCH, kind=kind, debit=debit, credit=credit, fact=fact)) for fact in (True, False)]
    tries += [partial(by_hand, kind, debit, credit, role=role) for role in ("bursar_app", "")]
    for attempt in tries:
        with pytest.raises(IntegrityError, match=r"^(no |W1: no |W1: there is no |W1: it mirrors no )"):
            attempt()
    assert Account.objects.filter(code=JOAN).with_balance().get().posted_minor == 0


@pytest.mark.usefixtures("everyone")
# Above which limit a write-off was when it was booked, nothing says any more.
@pytest.mark.parametrize(("kind", "debit", "credit"), [way for way in AROUND if way[0] != "write_off"])
def test_what_came_in_behind_the_triggers_is_found(kind: str, debit: str, credit: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        by_hand(kind, debit, credit, role="")
        cursor.execute("SET LOCAL session_replication_role = origin")
    found = {finding.check for finding in verify() if finding.subject == "W1"}
    assert found > {"every transfer owns one reference"}


@pytest.mark.usefixtures("everyone")
def test_what_goes_with_something_right_is_refused_as_well() -> None:
    with pytest.raises(IntegrityError, match="no payment goes from suspense:KES"):
        book(movement("P1", 5, kind="payment"), movement("P2", 5, kind="payment", debit=SUSPENSE))
    assert not Transfer.objects.filter(kind="payment").exists()


@pytest.mark.usefixtures("everyone")
def test_the_runtime_role_reaches_no_months_table_around_the_whole() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM transfer LIMIT 1")
        [month] = cursor.fetchone()
    with pytest.raises(DatabaseError, match="permission denied"):
        by_hand("payment", SUSPENSE, JOAN, into=month)


def test_the_runtime_role_adds_no_kind() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE bursar_app")
        with pytest.raises(DatabaseError, match="permission denied"):
            cursor.execute("INSERT INTO transfer_kind VALUES ('gratuity', '{%}', '{%}', false, false)")


@pytest.mark.parametrize(
    "other",
    [
        {"amount": MUCH},
        {"credit": FEES},
        {"debit": FEES},
        {"reverses": None},
        {"reverses": new_id()},
        {"reference": "reversal:1"},
    ],
    ids=["amount", "credit", "debit", "none", "another", "reference"],
)
def test_a_reversal_is_the_mirror_of_what_it_names(other: dict[str, Any]) -> None:
    [paid] = book(movement("TXN1"))
    mirror = {"debit": JOAN, "credit": CLEARING, "amount": 100, "reverses": paid.id, "reference": f"reversal:{paid.id}"}
    book(movement("open", debit=JOAN, credit=FEES))
    with pytest.raises(IntegrityError, match="mirrors no transfer"):
        by_hand(**{"kind": "reversal"} | mirror | other)
    by_hand(kind="reversal", **mirror)


def test_a_reversal_is_not_taken_back_by_another() -> None:
    [paid] = book(movement("TXN1"))
    [back] = Transfer.objects.filter(pk=in_one(partial(reverse, paid.id, reason="charged back", fact=True)).id)
    mirror = {"amount": 100, "reverses": back.id, "reference": f"reversal:{back.id}"}
    with pytest.raises(IntegrityError, match="mirrors no transfer"):
        by_hand("reversal", CLEARING, JOAN, **mirror)


def in_one(act: Any) -> Any:
    with transaction.atomic():
        return act()


def test_a_fee_is_what_was_charged() -> None:
    said: dict[str, Any] = {"actor": "user:grace", "reason": "The term begins."}
    enroll_student(student_id="S004", first_name="Joan", last_name="Zuria", **said)
    fee = charge_fee(student_id="S004", amount_minor=100, description="Library", reference="F1", **said)
    for attempt in (
        partial(book, movement("fee:F2", kind="fee", debit=JOAN, credit=FEES)),
        partial(book, movement("fee:F2", kind="fee", debit=JOAN, credit=FEES, id=fee.transfer_id)),
        partial(by_hand, "fee", JOAN, FEES, reference="fee:F1", amount=100),
    ):
        with pytest.raises(IntegrityError, match="no such fee was charged"):
            attempt()
    assert balance(JOAN) == 100
    assert verify() == []


def test_a_charge_that_is_not_booked_is_found() -> None:
    said: dict[str, Any] = {"actor": "user:grace", "reason": "The term begins."}
    enroll_student(student_id="S004", first_name="Joan", last_name="Zuria", **said)
    charge_fee(student_id="S004", amount_minor=100, description="Library", reference="F1", **said)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE transfer SET kind = 'debt' WHERE reference = 'fee:F1'")
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert [(finding.check, finding.subject) for finding in verify()] == [("fees are what was charged", "fee:F1")]


def test_a_guard_of_fees_that_was_laid_down_is_found() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE transfer_default DISABLE TRIGGER refuse_uncharged_fee")
    assert ("fees are what was charged", "transfer_default") in {(found.check, found.subject) for found in verify()}


def test_a_large_fee_is_not_taken_back_by_one_person() -> None:
    said: dict[str, Any] = {"actor": "user:grace", "reason": "The term begins."}
    enroll_student(student_id="S004", first_name="Joan", last_name="Zuria", **said)
    large, small = (
        charge_fee(student_id="S004", amount_minor=minor, description="Tuition", reference=str(minor), **said)
        for minor in (MUCH, 100)
    )
    [paid] = book(movement("payment:1", MUCH, kind="payment"))
    with pytest.raises(IntegrityError, match="no second person"):
        in_one(partial(reverse, large.transfer_id, reason="charged in error"))
    in_one(partial(reverse, small.transfer_id, reason="charged in error"))
    in_one(partial(reverse, paid.id, reason="the gateway took it back", fact=True))


def test_what_our_own_code_put_aside_is_not_taken_back_by_one_person() -> None:
    open_account(SHOP)
    [aside] = book(movement("excess:1", 100, kind="excess", debit=SHOP, credit=SUSPENSE))
    with pytest.raises(IntegrityError, match="no second person"):
        in_one(partial(reverse, aside.id, reason="it was theirs after all"))
