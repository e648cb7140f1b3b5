"""The storm's own model of what must be in the books, made from the plan, held against what is."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from bench.storm.books import Books, Transfer
from bench.storm.plan import Plan, Reference, Told
from sandbox.sending import Answer

CLEARING, SUSPENSE, FEES = "gateway:cellulant:clearing:KES", "suspense:KES", "income:fees:KES"
FOR_STAFF = frozenset({"conflict", "quarantined", "poison"})


@dataclass(frozen=True, slots=True)
class Proof:
    """`fees` is what each student was charged, in cents; `inactive` are those whose money is booked and flagged."""

    plan: Plan
    answers: Sequence[Answer]
    books: Books
    fees: Mapping[str, int]
    inactive: AbstractSet[str]

    def lies(self) -> list[str]:
        """Everything that is not as it must be, in plain words; empty when the books are true."""
        return [
            *self._deliveries(),
            *(lie for reference in self.plan.references for lie in self._reference(reference)),
            *self._balances(),
            *self._seen_by_staff(),
        ]

    def _deliveries(self) -> Iterator[str]:
        """What was acknowledged is stored as often as it was acknowledged, and decided; nothing is stored that was not sent."""
        acked, attempts = Counter[bytes](), Counter[bytes]()
        for told, answer in zip(self.plan.sending, self.answers, strict=True):
            acked[told.body] += answer.acked
            attempts[told.body] += answer.attempts
        if acked.total() < len(self.answers):
            yield f"{len(self.answers) - acked.total()} deliveries were never acknowledged"
        if self.books.waiting:
            yield f"{self.books.waiting} events still wait"
        for body in attempts.keys() | self.books.verdicts.keys():
            verdicts = self.books.verdicts.get(body, Counter())
            if not acked[body] <= verdicts.total() <= attempts[body]:
                yield f"sent {attempts[body]}, acked {acked[body]}, stored {verdicts.total()} times: {body!r}"
            if verdicts["undecided"]:
                yield f"stored and not decided: {body!r}"
        failed = sum(self._verdicts()[verdict] for verdict in FOR_STAFF)
        completed = self._verdicts().total() - failed
        if (self.books.completed, self.books.failed) != (completed, failed):
            yield f"the queue counts {self.books.completed} and {self.books.failed}, the outcomes are {completed} and {failed}"

    def _reference(self, reference: Reference) -> Iterator[str]:
        """One payment, one transfer, one booking, one event; and each delivery judged by what came first."""
        payments, transfers = self.books.payments.get(reference.name, []), self.books.transfers.get(reference.name, [])
        booked = self._booked(reference)
        if len(payments) != bool(reference.endings) or len(transfers) != bool(reference.bookable):
            yield f"{reference.name} has {len(payments)} payments and {len(transfers)} transfers"
            return
        for told in reference.told:
            verdicts = self.books.verdicts.get(told.body, Counter())
            if not _is_well_judged(told, booked, +verdicts):
                yield f"{reference.name} booked {booked}, and judged {told.body!r} {dict(verdicts)}"
        for payment in payments:
            if payment.status not in reference.endings:
                yield f"{reference.name} ended {payment.status}, not {set(reference.endings)}"
            if booked is None and payment.received_minor:
                yield f"{reference.name} received {payment.received_minor} that nobody sent"
            if booked is not None and (booked not in reference.bookable or payment.amount_minor != payment.received_minor):
                yield f"{reference.name} booked {booked} of {payment.amount_minor}, the plan allows {reference.bookable}"
            for transfer in transfers:
                if transfer != Transfer(CLEARING, payment.account, payment.received_minor):
                    yield f"{reference.name}: {payment} and {transfer} disagree"
        once = len(transfers)
        if (self.books.bookings.get(reference.name, 0), self.books.announced.get(reference.name, 0)) != (once, once):
            yield f"{reference.name} should be booked and announced {once} times"

    def _balances(self) -> Iterator[str]:
        expected: Counter[str] = Counter({_account(student): fee for student, fee in self.fees.items()})
        expected[FEES] = -sum(self.fees.values())
        for _, (student, minor) in self._all_booked():
            expected[CLEARING] += minor
            expected[_account(student) if student in self.fees else SUSPENSE] -= minor
        for code in expected.keys() | self.books.balances.keys():
            if expected[code] != self.books.balances.get(code, 0):
                yield f"{code} stands at {self.books.balances.get(code, 0)}, the model says {expected[code]}"

    def _seen_by_staff(self) -> Iterator[str]:
        verdicts, booked = self._verdicts(), [student for _, (student, _) in self._all_booked()]
        expected = {
            "conflict": verdicts["conflict"],
            "quarantine": verdicts["quarantined"],
            "poison": verdicts["poison"],
            "suspense": sum(student not in self.fees for student in booked),
            "account_under_review": sum(student in self.inactive for student in booked),
        }
        for item, count in expected.items():
            if self.books.open_items.get(item, 0) != count:
                yield f"staff see {self.books.open_items.get(item, 0)} of {item}, the model says {count}"
        if verdicts["poison"]:
            yield f"{verdicts['poison']} events are poisonous"

    def _all_booked(self) -> Iterator[tuple[Reference, tuple[str, int]]]:
        for reference in self.plan.references:
            if (booked := self._booked(reference)) is not None:
                yield reference, booked

    def _booked(self, reference: Reference) -> tuple[str, int] | None:
        """(student, cents) of what came first; None where nothing may be booked. The plan can't know which it was."""
        payments = self.books.payments.get(reference.name)
        return (payments[0].student, payments[0].received_minor) if payments and reference.bookable else None

    def _verdicts(self) -> Counter[str]:
        return sum(self.books.verdicts.values(), Counter[str]())


def _is_well_judged(told: Told, booked: tuple[str, int] | None, verdicts: Counter[str]) -> bool:
    if not told.readable:
        return verdicts.keys() == {"quarantined"}
    if not told.moves_money:
        return verdicts.keys() <= {"recorded", "duplicate"}
    if (told.student, told.amount_minor) == booked:
        return verdicts["settled"] == 1 and verdicts.keys() <= {"settled", "duplicate"}
    return verdicts.keys() == {"conflict"}


def _account(student: str) -> str:
    return f"student:{student}:KES"
