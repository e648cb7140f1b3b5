import io
from functools import partial

import pytest
from django.core.management import CommandError, call_command

from access.models import AuditEntry
from ledger.services.balances import balance, balances
from students.errors import FeeConflict, ImportRefused
from students.models import FeeCharge
from students.services.charging import charge_fee
from students.services.fee_import import apply_fees, plan_fees
from tests.racing import race

ACT = {"actor": "user:grace", "reason": "Term 2."}
HEADER = "student_id,amount,description,reference,term,due_date\n"
FILE = (HEADER + 'S004,150000.00,"Tuition, term 2",T2-S004,2026-T2,2026-05-01\nS002,1000000,Tuition,T2-S002,2026-T2,\n').encode()


@pytest.fixture(autouse=True)
def _enrolled(joan, mohammed):
    pass


def errors_of(row, header=HEADER):
    return [(error.line, error.column) for error in plan_fees((header + row).encode()).errors]


def test_a_plan_says_what_each_row_would_do_and_changes_nothing():
    plan = plan_fees(FILE)

    told = [(row.line, row.student_name, row.fee.amount_minor, row.charged_already, row.note) for row in plan.rows]
    assert told == [(2, "Joan Zuria", 15_000_000, False, ""), (3, "Mohammed Ali", 100_000_000, False, "the student is inactive")]
    assert (plan.total_minor, plan.errors) == (115_000_000, [])
    assert not FeeCharge.objects.exists()
    assert balances() == {"student:S004:KES": 0, "student:S002:KES": 0}


def test_applying_charges_every_row_and_names_the_file_in_the_trail():
    assert apply_fees(FILE, **ACT).new == 2

    assert balances() == {"student:S004:KES": 15_000_000, "student:S002:KES": 100_000_000, "income:fees:KES": 115_000_000}
    fee = FeeCharge.objects.get(reference="T2-S004")
    assert (fee.description, fee.term, str(fee.due_date), fee.charged_by) == (
        "Tuition, term 2",
        "2026-T2",
        "2026-05-01",
        "user:grace",
    )
    entry = AuditEntry.objects.get(act="students.charge")
    assert entry.target == f"fee_import:{plan_fees(FILE).digest}"
    assert entry.after == {"fees": 2, "amount_minor": 115_000_000}


def test_the_same_file_again_charges_nothing_and_the_plan_says_so():
    apply_fees(FILE, **ACT)

    assert [row.charged_already for row in plan_fees(FILE).rows] == [True, True]
    assert apply_fees(FILE, **ACT).new == 0
    assert balance("income:fees:KES") == 115_000_000
    assert AuditEntry.objects.filter(act="students.charge").count() == 1


def test_a_corrected_file_charges_only_what_was_not_charged():
    apply_fees(FILE, **ACT)

    assert apply_fees(FILE + b"S004,5,Library,LIB-1,,\n", **ACT).new == 1
    assert balance("student:S004:KES") == 15_000_500


@pytest.mark.parametrize(
    "amount",
    [
        "",
        "0",
        "0.00",
        "-5",
        "+5",
        "1,000",
        "1.005",
        "1e3",
        "NaN",
        "Infinity",
        "٣",
        "KES 5",
        "5.",
        ".5",
        "0x10",
        "99999999999999",
        "1 000",
    ],
)
def test_an_amount_is_a_plain_exact_number_above_zero(amount):
    assert errors_of(f'S004,"{amount}",Tuition,F1,,\n') == [(2, "amount")]


@pytest.mark.parametrize(
    ("amount", "minor"), [("1", 100), ("1.5", 150), ("0.01", 1), ("0001.10", 110), ("1.5000", 150), ("10000000000000", 10**15)]
)
def test_an_exact_amount_is_read_to_the_last_cent(amount, minor):
    assert plan_fees(f"{HEADER}S004,{amount},Tuition,F1,,\n".encode()).total_minor == minor


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("S404,5,Tuition,F1,,\n", "student_id"),
        (",5,Tuition,F1,,\n", "student_id"),
        ("S004,5,,F1,,\n", "description"),
        ("S004,5,Tuition,,,\n", "reference"),
        ("S004,5,Tuition,F1,,01/05/2026\n", "due_date"),
        ("S004,5,Tuition,F1,,2026-02-30\n", "due_date"),
        ("S004,5,Tuition,F1,,20260501\n", "due_date"),
        ("S004,5,=cmd|' /C calc'!A0,F1,,\n", "description"),
        (f"S004,5,Tuition,{'r' * 201},,\n", "reference"),
    ],
)
def test_each_mistake_is_named_by_line_and_column(row, column):
    assert errors_of(row) == [(2, column)]


def test_all_mistakes_of_a_file_are_told_at_once():
    assert errors_of("S404,5,Tuition,F1,,\nS004,x,,F2,,x\nS004,5,Tuition,F3,,\n") == [
        (2, "student_id"),
        (3, "amount"),
        (3, "description"),
        (3, "due_date"),
    ]


def test_fees_in_another_currency_are_refused():
    header = "student_id,amount,description,reference,currency\n"

    assert errors_of("S004,5,Tuition,F1,USD\nS004,5,Tuition,F2,kes\nS004,5,Tuition,F3,\n", header) == [(2, "currency")]


def test_a_reference_stands_once_in_a_file():
    plan = plan_fees((HEADER + "S004,5,Tuition,F1,,\nS004,5,Tuition,F1,,\n").encode())

    assert [error.message for error in plan.errors] == ["The same reference as in line 2."]


def test_a_reference_of_another_fee_is_told_before_anything_is_charged():
    charge_fee(student_id="S002", amount_minor=500, description="Tuition", reference="F1", **ACT)
    plan = plan_fees((HEADER + "S004,5,Tuition,F1,,\n").encode())

    assert [error.message for error in plan.errors] == ["Charged already as another fee, to S002."]


def test_one_wrong_row_and_nothing_is_charged():
    with pytest.raises(ImportRefused) as refused:
        apply_fees(FILE + b"S404,5,Library,LIB-1,,\n", **ACT)

    assert refused.value.fields == {"line 4, student_id": ["There is no such student."]}
    assert not FeeCharge.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_file_applied_twice_at_once_is_charged_once():
    answers = race(*[partial(apply_fees, FILE, **ACT)] * 2)

    assert sorted(answer.new for answer in answers) == [0, 2]
    assert balance("income:fees:KES") == 115_000_000


@pytest.mark.django_db(transaction=True)
def test_two_files_that_fight_for_a_reference_at_once_are_one_charged_and_one_refused():
    files = [(HEADER + f"S004,{amount},Tuition,F1,,\nS004,1,Library,L{amount},,\n").encode() for amount in (5, 7)]

    answers = race(*[partial(apply_fees, data, **ACT) for data in files])

    refused = [answer for answer in answers if isinstance(answer, FeeConflict | ImportRefused)]
    assert len(refused) == 1
    assert balance("student:S004:KES") in {600, 800}
    assert FeeCharge.objects.count() == 2


def test_a_plan_costs_as_many_queries_for_many_rows_as_for_few(django_assert_num_queries):
    rows = "".join(f"S004,5,Tuition,F{number},,\n" for number in range(1000))

    with django_assert_num_queries(2):
        plan_fees((HEADER + rows).encode())


def run(*words):
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("charge_fees", *map(str, words), stdout=out, stderr=err)
    finally:
        run.err = err.getvalue()
    return out.getvalue().splitlines()


def test_the_command_only_shows_what_would_be_until_told_to_apply(tmp_path):
    file = tmp_path / "term2.csv"
    file.write_bytes(FILE)

    assert run(file) == [
        "line 2: charge KES 150,000.00 to S004 Joan Zuria, T2-S004",
        "line 3: charge KES 1,000,000.00 to S002 Mohammed Ali, T2-S002  (the student is inactive)",
        "2 to charge, KES 1,150,000.00 in all; 0 charged already; 0 wrong.",
    ]
    assert not FeeCharge.objects.exists()

    assert run(file, "--apply", "--actor", "user:grace")[-1] == "Charged 2."
    assert AuditEntry.objects.get(act="students.charge").reason == "Fees of term2.csv"
    assert run(file)[-1] == "0 to charge, KES 0.00 in all; 2 charged already; 0 wrong."


def test_the_command_names_what_is_wrong_and_fails(tmp_path):
    file = tmp_path / "term2.csv"
    file.write_bytes(FILE + b"S404,x,Library,LIB-1,,\n")

    with pytest.raises(CommandError, match="Not right: 1 cells or rows"):
        run(file, "--apply")
    assert run.err.startswith("line 4, amount: A plain number")
    assert not FeeCharge.objects.exists()
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "none.csv")
