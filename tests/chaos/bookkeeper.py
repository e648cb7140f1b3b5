"""An honest bookkeeper: what the books say when a plan arrives in order, each notification once."""

from collections import Counter

from bench.storm.books import Books, Payment, Transfer
from bench.storm.plan import Plan, Reference, Told
from bench.storm.proof import CLEARING, FEES, SUSPENSE
from sandbox.sending import Answer

FEE_MINOR = 1_000_00


def answered(plan: Plan) -> list[Answer]:
    """Each acknowledged at the first attempt."""
    return [Answer(200, 1, 0.01)] * len(plan.sending)


def honest_books(plan: Plan, students: list[str], inactive: set[str]) -> Books:
    """What must be there."""
    verdicts: dict[bytes, Counter[str]] = {told.body: Counter() for told in plan.sending}
    balances: Counter[str] = Counter({f"student:{student}:KES": FEE_MINOR for student in students})
    balances[FEES] = -FEE_MINOR * len(students)
    items: Counter[str] = Counter()
    first: dict[str, Told] = {}
    for told in plan.sending:
        verdict = _verdict(told, first)
        verdicts[told.body][verdict] += 1
        items["conflict"] += verdict == "conflict"
        items["quarantine"] += verdict == "quarantined"
        if verdict == "settled":
            known = told.student in students
            balances[CLEARING] += told.amount_minor
            balances[f"student:{told.student}:KES" if known else SUSPENSE] -= told.amount_minor
            items["suspense"] += not known
            items["account_under_review"] += told.student in inactive
    seen = [reference for reference in plan.references if reference.endings]
    failed = items["conflict"] + items["quarantine"]
    return Books(
        verdicts=verdicts,
        payments={reference.name: [_payment(reference, first, students)] for reference in seen},
        transfers={name: [Transfer(CLEARING, _account(told, students), told.amount_minor)] for name, told in first.items()},
        bookings=dict.fromkeys(first, 1),
        announced=dict.fromkeys(first, 1),
        balances=balances,
        open_items=items,
        waiting=0,
        completed=len(plan.sending) - failed,
        failed=failed,
    )


def _verdict(told: Told, first: dict[str, Told]) -> str:
    if not told.readable:
        return "quarantined"
    if not told.moves_money:
        return "recorded"
    if told.reference not in first:
        first[told.reference] = told
        return "settled"
    booked = first[told.reference]
    same = (booked.student, booked.amount_minor) == (told.student, told.amount_minor)
    return "duplicate" if same else "conflict"


def _payment(reference: Reference, first: dict[str, Told], students: list[str]) -> Payment:
    [ending] = reference.endings
    booked = first.get(reference.name)
    told = booked or reference.told[0]
    return Payment(told.student, ending, told.amount_minor, booked.amount_minor if booked else 0, _account(told, students))


def _account(told: Told, students: list[str]) -> str:
    return f"student:{told.student}:KES" if told.student in students else SUSPENSE
