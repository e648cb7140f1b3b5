"""What is known of a batch's facts before they are decided: their payments, locked, and the accounts they name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain

from core.ids import lowest_id_at
from core.sql import instant_array, plain_array, run, text_array
from ledger import chart
from ledger.models import Account
from payments.deciding import Standing
from payments.evidence import Evidence, Key
from payments.ladders import lasts
from payments.services.paying_orders import OrderStanding, read_orders

ADOPTION_WINDOW = timedelta(minutes=10)
"""How long after its prompt was sent a payment without a receipt may be what an anonymous receipt speaks of."""
CLOCK_SKEW = timedelta(minutes=1)
FullKey = tuple[str, str, str]
"""(gateway, kind, reference)"""


@dataclass(slots=True)
class Known:
    """Payments by id, the payment of each known key, account states by code, and owners who have an account at all.

    `adoptable` holds, for a movement nobody knows, the payments that it might be the receipt of. `lookalikes` holds, by payment,
    the receipts of other payments that may be the money of a movement which lacks one.
    """

    payments: dict[str, Standing]
    payment_of: dict[FullKey, str]
    adoptable: dict[FullKey, list[str]]
    account_states: dict[str, str]
    owners: set[str]
    orders: dict[str, OrderStanding] = field(default_factory=dict)
    lookalikes: dict[str, list[str]] = field(default_factory=dict)


def find_known(evidence: Sequence[Evidence], *, lock: bool = True) -> Known:
    """Look up and lock. A fixed number of statements, fewer when nothing is known yet.

    Without locks it waits for nobody and nobody waits for it; what it finds may be outdated at once, so nothing is written on it.
    """
    wanted: dict[FullKey, None] = {}
    for fact in evidence:
        for kind, reference in fact.keys:
            wanted[fact.gateway, kind, reference] = None
        if fact.movement is not None:
            wanted[fact.gateway, *fact.movement] = None
    payment_of = _find_keys(list(wanted))
    adoptable = _find_adoptable([fact for fact in evidence if fact.adopts], payment_of)
    ids = {*payment_of.values(), *chain.from_iterable(adoptable.values())}
    payments = _read_payments(ids, lock=lock) if ids else {}
    named = {fact.account for fact in evidence if fact.account is not None} | {p.named_account for p in payments.values()}
    # Staff may have allocated a payment's money: what else comes for it follows, to an account that no fact names.
    states = _account_states(named | {p.account for p in payments.values()})
    strangers = {chart.owner_of(code) for code in named if code not in states}
    owners = set(Account.objects.filter(owner__in=strangers).values_list("owner", flat=True)) if strangers else set()
    wanted_orders = {p.order_id for p in payments.values() if p.order_id} | {f.order_id for f in evidence if f.order_id}
    orders = read_orders(wanted_orders, lock=lock) if wanted_orders else {}
    lacking = {id_: f for f in evidence if f.lacks for key in f.keys if (id_ := payment_of.get((f.gateway, *key)))}
    lookalikes = _find_lookalikes((payments[id_], fact) for id_, fact in lacking.items()) if lacking else {}
    return Known(payments, payment_of, adoptable, states, owners, orders, lookalikes)


def _find_keys(wanted: list[FullKey]) -> dict[FullKey, str]:
    found = run("payments", "find_keys", [text_array(column) for column in zip(*wanted, strict=True)])
    return {(gateway, kind, reference): payment for gateway, kind, reference, payment in found.rows}


def _find_adoptable(facts: list[Evidence], payment_of: dict[FullKey, str]) -> dict[FullKey, list[str]]:
    strays = [f for f in facts if f.movement is not None and (f.gateway, *f.movement) not in payment_of]
    found: dict[FullKey, list[str]] = {}
    for fact in strays:
        if fact.movement is None:
            continue
        happened = fact.occurred_at or datetime.now(UTC)
        sent_after, sent_before = happened - ADOPTION_WINDOW, happened + CLOCK_SKEW
        wanted = {
            "account": fact.account,
            # Nobody is charged any more when the time to pay is over.
            "born_after": lowest_id_at(sent_after - lasts(fact.gateway)),
            "born_before": lowest_id_at(sent_before),
            "unsent_born_after": lowest_id_at(sent_after),
            "sent_after": sent_after,
            "sent_before": sent_before,
            "gateway": fact.gateway,
            "amount_minor": fact.amount_minor,
            "currency": fact.currency,
            "adopts": fact.adopts,
            "receipt": fact.movement.kind,
        }
        rows = run("payments", "find_adoptable", wanted).rows
        found[fact.gateway, *fact.movement] = [row[0] for row in rows]
    return found


def _find_lookalikes(lacking: Iterable[tuple[Standing, Evidence]]) -> dict[str, list[str]]:
    """By payment, receipts that may name the money which is about to be booked for it without one. Mostly there are none."""
    asked = [(payment, fact) for payment, fact in lacking if fact.movement and payment.received_minor < fact.amount_minor]
    if not asked:
        return {}
    wanted = {
        "ids": plain_array(payment.id for payment, _ in asked),
        "gateways": text_array(fact.gateway for _, fact in asked),
        "accounts": text_array(payment.named_account for payment, _ in asked),
        "amounts": plain_array(fact.amount_minor for _, fact in asked),
        "currencies": text_array(fact.currency for _, fact in asked),
        "movements": text_array(fact.movement.kind for _, fact in asked if fact.movement),
        "receipts": text_array(fact.lacks for _, fact in asked),
        "born": instant_array(payment.created_at for payment, _ in asked),
        # The bound lets the planner skip the months that hold none of them.
        "booked_after": lowest_id_at(min(payment.created_at for payment, _ in asked) - CLOCK_SKEW),
        "skew": CLOCK_SKEW,
        "window": ADOPTION_WINDOW,
    }
    found: dict[str, list[str]] = {}
    for payment_id, receipt in run("payments", "find_lookalikes", wanted).rows:
        found.setdefault(payment_id, []).append(receipt)
    return found


def _read_payments(ids: set[str], *, lock: bool) -> dict[str, Standing]:
    found = run("payments", "lock_payments" if lock else "read_payments", [plain_array(ids), min(ids), max(ids)])
    payments = {row[0]: Standing(*row) for row in found.rows}
    # Only now, with the lock held, is what the keys say current: a join would have read them from the older snapshot.
    for payment, kind, reference, booked in run("payments", "keys_of_payments", [plain_array(ids)]).rows:
        if booked is not None:
            payments[payment].booked[Key(kind, reference)] = booked
    return payments


def _account_states(codes: set[str]) -> dict[str, str]:
    return dict(run("payments", "account_states", [text_array(codes)]).rows)
