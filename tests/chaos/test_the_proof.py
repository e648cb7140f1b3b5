"""The storm's proof believes an honest bookkeeper, and catches each way of cheating."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.storm import plan
from bench.storm.books import Books, Transfer
from bench.storm.plan import Plan
from bench.storm.proof import CLEARING, Proof
from sandbox.sending import Answer
from tests.chaos.bookkeeper import FEE_MINOR, answered, honest_books

STUDENTS = ["B0", "B1", "B2", "B3"]
DRAWN = plan.draw(count=300, repeated=0.3, students=STUDENTS, seed=11)
HONEST = honest_books(DRAWN, STUDENTS, {"B0"})
PAID = next(name for name, transfers in HONEST.transfers.items() if transfers[0].credit == "student:B1:KES")
BODY = next(told.body for told in DRAWN.sending if told.reference == PAID and told.moves_money)


def lies(books: Books, answers: list[Answer] | None = None, drawn: Plan = DRAWN) -> list[str]:
    return Proof(drawn, answers or answered(drawn), books, dict.fromkeys(STUDENTS, FEE_MINOR), {"B0"}).lies()


def test_an_honest_bookkeeper_is_believed() -> None:
    assert lies(HONEST) == []


def test_a_seed_replays_its_storm() -> None:
    assert plan.draw(count=300, repeated=0.3, students=STUDENTS, seed=11) == DRAWN
    assert len(DRAWN.sending) == 300
    assert len({told.body for told in DRAWN.sending}) == 210


def test_every_story_is_told() -> None:
    told = plan.draw(count=2000, repeated=0.3, students=STUDENTS, seed=1)
    shapes = {(len(reference.told), len(reference.bookable), *reference.endings) for reference in told.references}
    assert shapes == {
        (1, 1, "succeeded"),
        (2, 1, "succeeded"),
        (2, 2, "succeeded"),
        (2, 0, "failed"),
        (2, 0, "cancelled"),
        (1, 0, "pending"),
        (1, 0),
    }


def lost(books: Books) -> Books:
    return replace(books, verdicts={**books.verdicts, BODY: Counter()})


def undecided(books: Books) -> Books:
    return replace(books, verdicts={**books.verdicts, BODY: books.verdicts[BODY] + Counter(undecided=1)})


def booked_twice(books: Books) -> Books:
    return replace(books, transfers={**books.transfers, PAID: books.transfers[PAID] * 2})


def never_booked(books: Books) -> Books:
    return replace(books, transfers={**books.transfers, PAID: []})


def booked_with_another_amount(books: Books) -> Books:
    return replace(books, transfers={**books.transfers, PAID: [Transfer(CLEARING, "student:B1:KES", 1)]})


def paid_to_another(books: Books) -> Books:
    payment = books.payments[PAID][0]
    return replace(books, payments={**books.payments, PAID: [payment._replace(student="B3")]})


def two_payments(books: Books) -> Books:
    return replace(books, payments={**books.payments, PAID: books.payments[PAID] * 2})


def left_pending(books: Books) -> Books:
    return replace(books, payments={**books.payments, PAID: [books.payments[PAID][0]._replace(status="pending")]})


def a_cent_too_much(books: Books) -> Books:
    balances = Counter(books.balances)
    balances["student:B2:KES"] += 1
    return replace(books, balances=balances)


def an_account_nobody_planned(books: Books) -> Books:
    return replace(books, balances={**books.balances, "suspense:USD": 1})


def settled_twice(books: Books) -> Books:
    return replace(books, verdicts={**books.verdicts, BODY: books.verdicts[BODY] + Counter(settled=1)})


def announced_twice(books: Books) -> Books:
    return replace(books, announced={**books.announced, PAID: 2})


def staff_not_told(books: Books) -> Books:
    items = Counter(books.open_items)
    items["conflict"] -= 1
    return replace(books, open_items=items)


def still_waiting(books: Books) -> Books:
    return replace(books, waiting=1)


def miscounted(books: Books) -> Books:
    return replace(books, completed=books.completed - 1)


@pytest.mark.parametrize(
    "cheat",
    [
        lost,
        undecided,
        booked_twice,
        never_booked,
        booked_with_another_amount,
        paid_to_another,
        two_payments,
        left_pending,
        a_cent_too_much,
        an_account_nobody_planned,
        settled_twice,
        announced_twice,
        staff_not_told,
        still_waiting,
        miscounted,
    ],
)
def test_a_cheat_is_caught(cheat: Callable[[Books], Books]) -> None:
    assert lies(cheat(HONEST))


def test_a_delivery_that_was_never_acknowledged_is_told() -> None:
    answers = answered(DRAWN)
    answers[3] = Answer(503, 9, 300.0)
    assert lies(HONEST, answers) == ["1 deliveries were never acknowledged"]


def test_what_was_sent_again_for_want_of_an_answer_may_be_stored_again() -> None:
    place = next(place for place, told in enumerate(DRAWN.sending) if told.body == BODY)
    answers = answered(DRAWN)
    answers[place] = Answer(200, 2, 0.5)
    twice = replace(
        HONEST,
        verdicts={**HONEST.verdicts, BODY: HONEST.verdicts[BODY] + Counter(duplicate=1)},
        completed=HONEST.completed + 1,
    )
    assert lies(twice, answers) == []
    assert lies(twice)
