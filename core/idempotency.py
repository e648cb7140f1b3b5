"""One intent, done once: a caller's key stands in one transaction with the work and the reply, and a twin gets that very reply.

The insert of the key waits for a twin that is at work, at most PATIENCE. A call that must reach a gateway inside the request
can't hold a transaction open meanwhile: it commits the key first, under a lease, and stores the reply afterwards. What such a
call leaves behind when its process dies, the sweeper finishes or releases, as the operation's own `when_left` says.
"""

import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import OperationalError, connection, transaction
from django.utils import timezone
from psycopg.errors import QueryCanceled

from core.card_numbers import refuse_card_numbers
from core.crypto import keyed_digest
from core.errors import Invalid, NotFound, Refused, Unreadable
from core.ids import new_id
from core.models.idempotency_key import IdempotencyKey, IdempotencyKeyQuerySet

logger = logging.getLogger(__name__)
PATIENCE = 5.0
LEASE = timedelta(minutes=2)
"""Longer than a request may take: a gateway's timeouts add up to less than half of it."""
ASK_AGAIN = 0.05
RETRY_AFTER = 2
NOT_KEPT = frozenset({401, 429})
_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)


class KeyRequired(Unreadable):
    """This operation needs an Idempotency-Key header: without one, a repeated request would be a second intent."""

    code = "idempotency_key_required"


class MalformedKey(Unreadable):
    """An idempotency key is 1 to 255 printable ASCII characters, without spaces."""

    code = "malformed_idempotency_key"


class KeyReused(Invalid):
    """The idempotency key was used for another request."""

    code = "idempotency_key_reused"


class InProgress(Refused):
    """The first request with this key is still at work; ask again shortly."""

    code = "idempotency_in_progress"
    retry_after = RETRY_AFTER


class UnknownRequest(NotFound):
    """No such key of yours is kept for this operation."""

    code = "unknown_request"


class Reply(NamedTuple):
    """What a caller is answered, byte for byte."""

    status: int
    body: bytes
    content_type: str = "application/json"

    @property
    def is_definitive(self) -> bool:
        """Would the same request be answered so again? What may be tried again is not kept."""
        return 200 <= self.status < 500 and self.status not in NOT_KEPT


class Intent(NamedTuple):
    """Who wants what, under which name; `target` is what the path named, `fingerprint` tells this request from others."""

    caller: str
    operation: str
    key: str
    target: dict[str, str]
    fingerprint: dict[str, str]


Work = Callable[[], Reply]
WhenLeft = Callable[[IdempotencyKey], Reply | None]
_when_left: dict[str, WhenLeft] = {}


def intent(*, caller: str, operation: str, key: str, target: Mapping[str, str], body: Mapping[str, Any]) -> Intent:
    """Raises MalformedKey, and CardNumberRefused for a key that is one."""
    if not _KEY.fullmatch(key):
        raise MalformedKey
    refuse_card_numbers(key, "Idempotency-Key")
    fields = {**body, **{f"{name} in the path": value for name, value in target.items()}}
    return Intent(caller, operation, key, dict(target), {name: _digest(value) for name, value in fields.items()})


def in_one_transaction(wanted: Intent, work: Work) -> tuple[Reply, bool]:
    """Do `work` once and keep its reply, all in one transaction; `(reply, was it replayed?)`.

    A definitive refusal is kept as well, so `work` takes back what it did (a savepoint) before it replies with one. Any other
    reply takes back everything, the key included. Raises KeyReused, and InProgress past PATIENCE.
    """
    deadline = time.monotonic() + PATIENCE
    with transaction.atomic():
        standing = _claim(wanted, deadline)
        if standing is not None:
            return _replay(standing, wanted), True
        reply = work()
        if reply.is_definitive:
            _keep(_rows(wanted), reply)
        else:
            transaction.set_rollback(True)
    return reply, False


def around_a_gateway(wanted: Intent, work: Work) -> tuple[Reply, bool]:
    """Commit the key, do `work` outside any transaction, then keep its reply; `(reply, was it replayed?)`.

    `work` must be safe to run again: its process may die, and a reply that is not definitive releases the key. Raises KeyReused,
    and InProgress past PATIENCE.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        with transaction.atomic():
            standing = _claim(wanted, deadline)
        if standing is None:
            break
        _check_same(standing, wanted)
        if not standing.is_in_progress:
            return _replay(standing, wanted), True
        if time.monotonic() > deadline:
            raise InProgress
        time.sleep(ASK_AGAIN)
    try:
        reply = work()
    except BaseException:
        _release(_rows(wanted))
        raise
    if reply.is_definitive:
        _keep(_rows(wanted), reply)
    else:
        _release(_rows(wanted))
    return reply, False


def when_left(operation: str, finish: WhenLeft) -> None:
    """What becomes of a call whose process died: `finish` gives the reply it should have had, or None to let it be tried again.

    It runs outside a transaction, possibly twice. Register it where a worker loads it: in the app's `ready()`.
    """
    _when_left[operation] = finish


def standing_of(*, caller: str, operation: str, key: str) -> IdempotencyKey:
    """Where a keyed request stands. Raises UnknownRequest. One that works in one transaction is unknown until it commits."""
    if not _KEY.fullmatch(key):
        raise UnknownRequest
    row = (
        IdempotencyKey.objects.filter(caller=caller, operation=operation, key=key).exclude(expires_at__lte=timezone.now()).first()
    )
    if row is None:
        raise UnknownRequest
    return row


def sweep(*, limit: int = 500) -> int:
    """Finish or release up to `limit` calls that were left behind. Returns how many."""
    left = list(IdempotencyKey.objects.left_behind(timezone.now()).order_by("lease_until")[:limit])
    for row in left:
        _finish_or_release(row)
    return len(left)


def forget(*, batch: int = 5000, seconds: float = 20) -> int:
    """Delete what is no longer kept, in batches, until nothing is left or the time is up. Returns how many."""
    deadline, forgotten = time.monotonic() + seconds, 0
    while time.monotonic() < deadline:
        old = IdempotencyKey.objects.expired(timezone.now()).order_by("expires_at").values("pk")[:batch]
        deleted, _ = IdempotencyKey.objects.filter(pk__in=old).delete()
        forgotten += deleted
        if deleted < batch:
            break
    return forgotten


def _claim(wanted: Intent, deadline: float) -> IdempotencyKey | None:
    """Insert the key: None when it is ours now, else the row that stands there. Raises InProgress past the deadline."""
    while not _insert(wanted, deadline):
        row = _rows(wanted).first()
        if row is not None and (row.is_in_progress or row.expires_at > timezone.now()):
            return row
        # It was released since, or is no longer kept though nobody has deleted it yet: try again.
        _rows(wanted).expired(timezone.now()).delete()
    return None


_INSERT = """
INSERT INTO idempotency_key
       (id, caller, operation, key, target, fingerprint, content_type, lease_until, created_at, expires_at)
VALUES (%s, %s, %s, %s, %s, %s, '', %s, %s, %s)
ON CONFLICT (caller, operation, key) DO NOTHING
"""


def _insert(wanted: Intent, deadline: float) -> bool:
    now = timezone.now()
    facts = [wanted.caller, wanted.operation, wanted.key, json.dumps(wanted.target), json.dumps(wanted.fingerprint)]
    left = max(1, round((deadline - time.monotonic()) * 1000))
    with connection.cursor() as cursor:
        # A twin's uncommitted row makes the insert wait, and each twin that fails makes it wait for the next one. Only a timeout
        # of the whole statement bounds that; a timeout of locks would begin anew with each.
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(left)])
        try:
            cursor.execute(_INSERT, [new_id(), *facts, now + LEASE, now, now + IdempotencyKey.KEPT])
        except OperationalError as late:
            if isinstance(late.__cause__, QueryCanceled):
                raise InProgress from late
            raise
        inserted: bool = cursor.rowcount == 1
        cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    return inserted


def _replay(standing: IdempotencyKey, wanted: Intent) -> Reply:
    _check_same(standing, wanted)
    if standing.is_in_progress:
        raise InProgress
    return Reply(standing.status or 0, bytes(standing.body or b""), standing.content_type)


def _check_same(standing: IdempotencyKey, wanted: Intent) -> None:
    """Raises KeyReused with the fields that differ, by name alone."""
    before, now = standing.fingerprint, wanted.fingerprint
    if different := sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name)):
        raise KeyReused(fields={name: ["Not what it was when this key was first used."] for name in different})


def _keep(rows: IdempotencyKeyQuerySet, reply: Reply) -> None:
    rows.filter(status=None).update(status=reply.status, body=reply.body, content_type=reply.content_type, lease_until=None)


def _release(rows: IdempotencyKeyQuerySet) -> None:
    """Let an intent be tried again, unless it was answered meanwhile."""
    rows.filter(status=None).delete()


def _finish_or_release(row: IdempotencyKey) -> None:
    rows = IdempotencyKey.objects.filter(pk=row.pk)
    # Of two sweepers one gets the lease, and one that dies here leaves it to run out again.
    if not rows.left_behind(timezone.now()).update(lease_until=timezone.now() + LEASE):
        return
    finish = _when_left.get(row.operation)
    try:
        reply = finish(row) if finish else None
    except Exception:
        logger.exception("the sweeper could not finish %s, and comes back to it", row.operation)
        return
    if reply is not None and reply.is_definitive:
        _keep(rows, reply)
    else:
        _release(rows)


def _rows(wanted: Intent) -> IdempotencyKeyQuerySet:
    return IdempotencyKey.objects.filter(caller=wanted.caller, operation=wanted.operation, key=wanted.key)


def _digest(value: Any) -> str:
    return keyed_digest("idempotency", json.dumps(value, sort_keys=True, default=repr)).hex()[:32]
