"""A decided batch becomes rows: one statement a table, whatever the batch's length."""

from core.exceptions import add_to_open_items, open_items
from core.ids import new_id_text, public_id
from core.sql import Send, instant_array, plain_array, run, sending, text_array
from ledger import chart
from ledger.services.posting import post
from payments.deciding import Standing
from payments.services.batch import Batch
from payments.services.paying_orders import write_paid
from payments.statuses import Status

SILENT = (Status.CREATED, Status.PENDING)
"""States that are no news to anyone."""


class TwinCameFirst(Exception):
    """Another transaction inserted one of our keys; look again."""


def write(batch: Batch) -> None:
    """Write everything, keys first. Raises TwinCameFirst, to be rolled back, when a key has appeared since it was looked up."""
    _insert_keys(batch)
    changed = list(batch.payments.values())
    with sending() as send:
        _insert_payments([payment for payment in changed if not payment.stored], send)
        _update_payments([payment for payment in changed if payment.stored], send)
        _insert_history(batch, send)
        _insert_events(batch, send)
    if batch.paid_orders:
        write_paid(batch.paid_orders, at=batch.at)
    add_to_open_items(list(batch.in_suspense.values()))
    open_items(batch.items)
    if batch.transfers:
        post(batch.transfers)  # last, because others wait for the balances it moves until we commit


def _insert_keys(batch: Batch) -> None:
    if batch.new_keys:
        gateways, kinds, references = zip(*batch.new_keys, strict=True)
        keys = batch.new_keys.values()
        inserted = run(
            "payments",
            "insert_keys",
            [
                text_array(gateways),
                text_array(kinds),
                text_array(references),
                plain_array(key.payment_id for key in keys),
                plain_array(key.booked_minor for key in keys),
                plain_array(key.confirms for key in keys),
            ],
        )
        if inserted.rowcount < len(batch.new_keys):
            raise TwinCameFirst
    if batch.booked_keys:
        gateways, kinds, references = zip(*batch.booked_keys, strict=True)
        amounts = plain_array(batch.booked_keys.values())
        run("payments", "book_keys", [text_array(gateways), text_array(kinds), text_array(references), amounts])


def _insert_payments(payments: list[Standing], send: Send) -> None:
    if payments:
        send(
            "payments",
            "insert_payments",
            [
                plain_array(p.id for p in payments),
                text_array(p.gateway for p in payments),
                text_array(p.method for p in payments),
                text_array(p.status for p in payments),
                plain_array(p.amount_minor for p in payments),
                plain_array(p.received_minor for p in payments),
                text_array(p.currency for p in payments),
                text_array(p.account for p in payments),
                text_array(p.named_account for p in payments),
                text_array(p.reference for p in payments),
                instant_array(p.status_at for p in payments),
                instant_array(p.created_at for p in payments),
                instant_array(p.settled_at for p in payments),
                plain_array(p.order_id for p in payments),
            ],
        )


def _update_payments(payments: list[Standing], send: Send) -> None:
    if payments:
        ids = [payment.id for payment in payments]
        send(
            "payments",
            "update_payments",
            [
                plain_array(ids),
                text_array(p.method for p in payments),
                text_array(p.status for p in payments),
                plain_array(p.amount_minor for p in payments),
                plain_array(p.received_minor for p in payments),
                text_array(p.account for p in payments),
                instant_array(p.status_at for p in payments),
                instant_array(p.settled_at for p in payments),
                min(ids),
                max(ids),
            ],
        )


def _insert_history(batch: Batch, send: Send) -> None:
    steps = batch.steps
    if steps:
        send(
            "payments",
            "insert_history",
            [
                batch.at,
                plain_array(new_id_text() for _ in steps),
                plain_array(s.payment.id for s in steps),
                text_array(s.from_status if s.payment.stored or s.from_status != Status.CREATED else "" for s in steps),
                text_array(s.to_status for s in steps),
                plain_array(s.booked_minor for s in steps),
                text_array(s.fact.source for s in steps),
                text_array(s.fact.kind for s in steps),
                plain_array(s.fact.inbound_event_id for s in steps),
                text_array(s.fact.actor for s in steps),
                text_array(s.reason for s in steps),
                instant_array(s.fact.occurred_at for s in steps),
            ],
        )


def _insert_events(batch: Batch, send: Send) -> None:
    news = [
        step for step in batch.steps if step.booked_minor or (step.to_status != step.from_status and step.to_status not in SILENT)
    ]
    if news:
        send(
            "payments",
            "insert_events",
            [
                batch.at,
                plain_array(new_id_text() for _ in news),
                text_array(f"payment.{s.to_status}" for s in news),
                text_array(public_id("pay", s.payment.id) for s in news),
                text_array(chart.owner_of(s.payment.account) for s in news),
                text_array(s.to_status for s in news),
                plain_array(s.payment.amount_minor for s in news),
                plain_array(s.received_minor for s in news),
                plain_array(s.booked_minor for s in news),
                text_array(s.payment.currency for s in news),
                text_array(s.payment.account for s in news),
                text_array(s.payment.gateway for s in news),
                text_array(s.payment.reference for s in news),
            ],
        )
