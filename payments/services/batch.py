"""One batch of facts on its way through the rules: what each changes, gathered for one set-based write."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from core.exceptions import NewItem
from core.ids import new_id_text, public_id
from core.models.exception_item import ExceptionItem
from core.models.inbound import Verdict
from ledger import chart
from ledger.models import Account
from ledger.services.posting import NewTransfer
from payments.deciding import Decision, Standing, decide
from payments.evidence import AmountRule, Evidence, Key
from payments.services.known import FullKey, Known
from payments.services.naming import what_it_is_called
from payments.services.paying_orders import OrderStanding
from payments.statuses import Status

State = Account.State
Kind = ExceptionItem.Kind
RETURNING = ExceptionItem.Status.RETURNING
_FLAG_OF_STATE = {State.REVIEW: "account_under_review", State.FROZEN: "account_frozen", State.CLOSED: "account_closed"}


class Outcome(NamedTuple):
    """What became of one piece of evidence. `reason` is a stable code, `detail` the same in plain words.

    `items` are what was put in front of staff because it was refused.
    """

    verdict: Verdict
    reason: str = ""
    detail: str = ""
    payment_id: str | None = None
    items: tuple[NewItem, ...] = ()


@dataclass(slots=True)
class NewKey:
    """A natural key to insert."""

    payment_id: str
    booked_minor: int | None = None
    confirms: bool = False


class Step(NamedTuple):
    """One row of a payment's history, and the event row it gives rise to."""

    payment: Standing
    from_status: str
    to_status: str
    booked_minor: int
    received_minor: int
    fact: Evidence
    reason: str


class Batch:
    """Facts go in through `apply`, in order; what is to be written piles up in the attributes."""

    def __init__(self, known: Known, *, at: datetime) -> None:
        self.at = at
        self.known = known
        self.payments: dict[str, Standing] = {}
        self.new_keys: dict[FullKey, NewKey] = {}
        self.booked_keys: dict[FullKey, int] = {}
        self.steps: list[Step] = []
        self.transfers: list[NewTransfer] = []
        self.items: list[NewItem] = []
        self.in_suspense: dict[str, NewItem] = {}
        self.paid_orders: list[OrderStanding] = []

    def apply(self, fact: Evidence) -> Outcome:
        """Decide one fact and note what it changes."""
        payment_of, gateway = self.known.payment_of, fact.gateway
        found = next((known for key in fact.keys if (known := payment_of.get((gateway, *key)))), None)
        if fact.movement is not None and (holder := payment_of.get((gateway, *fact.movement))) is not None:
            if found is not None and found != holder:
                return self._refuse(fact, found, Decision(Verdict.CONFLICT, reason="receipt_of_another", detail=_ELSEWHERE))
            found = holder
        if found is None and fact.adopts and fact.movement is not None:
            adoptable = self._adoptable(gateway, fact.movement)
            if len(adoptable) > 1:
                return self._refuse(fact, None, Decision(Verdict.CONFLICT, reason="ambiguous_receipt", detail=_AMBIGUOUS))
            if adoptable:
                # It was asked for as a fixed amount, and it must not book again what was booked without a receipt.
                found, fact = adoptable[0], fact._replace(amount_rule=AmountRule.FIXED)
        if found is not None:
            payment = self.known.payments[found]
        elif fact.account is None:
            return self._refuse(fact, None, Decision(Verdict.QUARANTINED, reason="unknown_payment", detail=_NEVER_ASKED))
        else:
            account = self._account_for(fact.account, fact.currency)
            if account is None:
                return self._refuse(fact, None, Decision(Verdict.QUARANTINED, reason="another_currency", detail=_NO_SUCH_BOOK))
            payment = self._new_payment(fact, account)
        decision = decide(payment, fact)
        if fact.lacks and decision.book_minor and (alike := self.known.lookalikes.get(payment.id)):
            decision = Decision(Verdict.CONFLICT, reason="perhaps_booked_already", detail=_PERHAPS.format(", ".join(alike)))
        if decision.verdict in _REFUSALS:
            return self._refuse(fact, found, decision)
        self._learn_keys(payment, fact, decision)
        reason = decision.reason or decision.flag
        if decision.status or decision.flag or decision.confirms:
            reason = self._step(payment, fact, decision)
        return Outcome(decision.verdict, reason, decision.detail, payment.id)

    def _adoptable(self, gateway: str, movement: Key) -> list[str]:
        """Payments that this receipt may belong to, less those that have got one since they were looked up."""
        candidates = self.known.adoptable.get((gateway, *movement), [])
        return [c for c in candidates if all(key.kind != movement.kind for key in self.known.payments[c].booked)]

    def _account_for(self, code: str, currency: str) -> str | None:
        """The account to credit: the one named, suspense for a stranger's; None for an owner without a book in this currency."""
        state = self.known.account_states.get(code)
        if state is not None:
            return chart.suspense(currency) if state == State.CLOSED else code
        if code == chart.suspense(currency):
            return code
        return None if chart.owner_of(code) in self.known.owners else chart.suspense(currency)

    def _new_payment(self, fact: Evidence, account: str) -> Standing:
        return Standing(
            id=new_id_text(),
            gateway=fact.gateway,
            method=fact.method,
            status=Status.CREATED,
            amount_minor=fact.amount_minor,
            received_minor=0,
            currency=fact.currency,
            account=account,
            named_account=fact.account or account,
            reference=fact.keys[0].reference if fact.keys else fact.movement.reference if fact.movement else "",
            status_at=None,
            created_at=self.at,
            settled_at=None,
            order_id=fact.order_id,
            stored=False,
        )

    def _learn_keys(self, payment: Standing, fact: Evidence, decision: Decision) -> None:
        """Remember every name this fact has for the payment, and what the movement's books."""
        payment_of, gateway = self.known.payment_of, fact.gateway
        for key in fact.keys:
            if (gateway, *key) not in payment_of:
                payment_of[gateway, *key] = payment.id
                self.new_keys[gateway, *key] = NewKey(payment.id)
                self.known.payments[payment.id] = payment
        movement = fact.movement
        if movement is None or not (decision.book_minor or decision.confirms):
            return
        name = (gateway, *movement)
        payment.booked[movement] = fact.amount_minor
        if name in self.new_keys or name not in payment_of:
            payment_of[name] = payment.id
            self.known.payments[payment.id] = payment
            self.new_keys[name] = NewKey(payment.id, fact.amount_minor, decision.confirms)
        else:
            self.booked_keys[name] = fact.amount_minor

    def _step(self, payment: Standing, fact: Evidence, decision: Decision) -> str:
        """Change the payment and note it. Returns the reason, if staff should know one."""
        before = payment.status
        concern = self._book(payment, fact, decision) if decision.book_minor else ""
        if decision.status:
            payment.status = decision.status
            payment.status_at = fact.occurred_at
            payment.amount_minor = payment.amount_minor or fact.amount_minor
            payment.method = payment.method or fact.method
            self.payments[payment.id] = payment
            order = self.known.orders.get(payment.order_id or "")
            if order is not None and order.take(payment):
                self.paid_orders.append(order)
            elif order is not None and decision.book_minor and payment.status == Status.SUCCEEDED and order.missing_minor:
                self._open(Kind.FLAG, "less_than_the_order", payment, fact, _PLAIN_WORDS["less_than_the_order"])
        # What an order gets too much of is no credit of the merchant's: `_book` has put it aside.
        if decision.flag and not (decision.flag == "overpaid" and payment.order_id):
            self._open(Kind.FLAG, decision.flag, payment, fact, decision.detail or _PLAIN_WORDS[decision.flag])
        reason = decision.reason or decision.flag or concern
        self.steps.append(Step(payment, before, payment.status, decision.book_minor, payment.received_minor, fact, reason))
        return reason

    def _book(self, payment: Standing, fact: Evidence, decision: Decision) -> str:
        """Money came: one transfer from the gateway's clearing account. Returns what staff should know about where it went."""
        if fact.movement is None:
            raise AssertionError("only a movement books")
        order = self.known.orders.get(payment.order_id or "")
        if payment.received_minor == 0:
            payment.settled_at = self.at
            # An account that did not exist when the payment was first heard of may exist by now.
            payment.account = self._account_for(payment.named_account, payment.currency) or payment.account
            if order is not None and order.is_paid_by_another(payment):
                payment.account = chart.suspense(payment.currency)
        payment.received_minor += decision.book_minor
        self.transfers.append(
            NewTransfer(
                debit=chart.gateway_clearing(payment.gateway, payment.currency),
                credit=payment.account,
                amount_minor=decision.book_minor,
                currency=payment.currency,
                kind="payment",
                reference=transfer_reference(fact.gateway, fact.movement),
                effective_at=self.at,
                fact=True,
            )
        )
        if order is not None:
            return self._beyond_the_order(order, payment, fact, decision.book_minor)
        state = self.known.account_states.get(payment.account)
        if payment.account == chart.suspense(payment.currency):
            return self._suspend(payment, fact, decision.book_minor)
        if state is not None and state != State.OPEN:
            flag = _FLAG_OF_STATE[State(state)]
            self._open(Kind.FLAG, flag, payment, fact, _PLAIN_WORDS[flag])
            return flag
        return ""

    def _beyond_the_order(self, order: OrderStanding, payment: Standing, fact: Evidence, booked_minor: int) -> str:
        """Put what is not the merchant's into suspense, marked to be given back. Returns why, "" when all of it is a sale."""
        excess = order.receive(payment, booked_minor)
        if not excess or fact.movement is None:
            return ""
        reason = "order_paid_already" if order.is_paid_by_another(payment) else "more_than_the_order"
        suspense = chart.suspense(payment.currency)
        if payment.account != suspense:
            reference = excess_reference(fact.gateway, fact.movement)
            self.transfers.append(
                NewTransfer(payment.account, suspense, excess, payment.currency, "excess", reference, self.at, fact=True)
            )
        name, event = public_id("pay", payment.id), fact.inbound_event_id
        subject, words = f"{name} {fact.movement.reference}", _PLAIN_WORDS[reason]
        self.items.append(NewItem(Kind.SUSPENSE, reason, subject, payment.id, event, excess, payment.currency, words, RETURNING))
        return reason

    def _suspend(self, payment: Standing, fact: Evidence, booked_minor: int) -> str:
        """Nobody's account takes it: one item for all that a payment has in suspense, in however many parts it comes."""
        reason, event = "unknown_account", fact.inbound_event_id
        words = f"No account {fact.bill_reference or payment.named_account} takes money."
        before = self.in_suspense.get(payment.id)
        amount = booked_minor + ((before.amount_minor or 0) if before else 0)
        subject = public_id("pay", payment.id)
        self.in_suspense[payment.id] = NewItem(Kind.SUSPENSE, reason, subject, payment.id, event, amount, payment.currency, words)
        return reason

    def _open(self, kind: ExceptionItem.Kind, reason: str, payment: Standing, fact: Evidence, detail: str) -> None:
        event = fact.inbound_event_id
        subject = f"{public_id('pay', payment.id)} {reason}"
        self.items.append(NewItem(kind, reason, subject, payment.id, event, fact.amount_minor, payment.currency, detail))

    def _refuse(self, fact: Evidence, payment_id: str | None, decision: Decision) -> Outcome:
        event = fact.inbound_event_id
        kind = Kind.CONFLICT if decision.verdict is Verdict.CONFLICT else Kind.QUARANTINE
        known_as = fact.movement or (fact.keys[0] if fact.keys else Key(fact.kind, ""))
        subject = public_id("in", event) if event else f"{fact.gateway}:{known_as.kind}:{known_as.reference} {decision.reason}"
        amount = fact.amount_minor or None
        item = NewItem(
            kind,
            decision.reason,
            subject,
            payment_id,
            event,
            amount,
            fact.currency,
            decision.detail,
            reference=what_it_is_called(fact),
        )
        self.items.append(item)
        return Outcome(decision.verdict, decision.reason, decision.detail, payment_id, (item,))


def transfer_reference(gateway: str, movement: Key) -> str:
    """The ledger reference of a booked movement: the second lock, in the ledger's own book, on booking it once."""
    return f"payment:{gateway}:{movement.kind}:{movement.reference}"


def excess_reference(gateway: str, movement: Key) -> str:
    """The ledger reference of what an order got too much of by a movement."""
    return f"excess:{gateway}:{movement.kind}:{movement.reference}"


_REFUSALS = (Verdict.QUARANTINED, Verdict.CONFLICT)
_ELSEWHERE = "The receipt is booked for another payment."
_NEVER_ASKED = "No payment of ours is known under this reference, and the fact names no account."
_AMBIGUOUS = "The receipt fits several prompts of the same account and amount. Nothing was guessed."
_PERHAPS = "It was paid, says the gateway without a receipt; receipt {} of the same account and amount may be this very money."
_NO_SUCH_BOOK = "The owner has accounts, but none in this currency."
_PLAIN_WORDS = {
    "account_under_review": "The account is under review (an inactive student). The money is booked; see whether it should stay.",
    "account_frozen": "The account is frozen. The money is booked; see whether it should stay.",
    "account_closed": "The account was closed between two parts of the payment. The money is booked; see whether it should stay.",
    "overpaid": "More came than was asked for. The rest is the owner's credit.",
    "order_paid_already": "The order was paid before by another payment. This money is to go back to its payer.",
    "less_than_the_order": "Less came than the order asks for. It is booked; the order is paid when the rest comes.",
    "more_than_the_order": "More came than the order asks for. The rest is to go back to its payer.",
    "second_receipt": "A second receipt came for one prompt. It is new money and is booked; see whom it belongs to.",
}
