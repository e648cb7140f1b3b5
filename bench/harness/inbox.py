"""Fills a site's inbox as the door does: sealed bodies, stored in batches. Run inside Django, for a site.

python -m bench.harness.inbox COUNT STUDENTS PREFIX [--stage]

With --stage the table `bench_staging` says beforehand, row by row, what settling each event writes: input for the SQL floor.
"""

import sys
from datetime import UTC, datetime, timedelta
from random import Random

import django

from bench.harness.school import name_of
from sandbox.cellulant.notification import METHODS, Notification

PIECE = 500
_MAKE_STAGING = """
DROP TABLE IF EXISTS bench_staging;
CREATE UNLOGGED TABLE bench_staging (
    n bigint PRIMARY KEY, inbound_id uuid, payment_id uuid, history_id uuid, transfer_id uuid, event_id uuid,
    subject text, owner text, account text, account_id bigint, amount_minor bigint, method text, reference text,
    occurred_at timestamptz
)
"""
_COPY_STAGING = "COPY bench_staging FROM STDIN"


def main(count: int, students: int, prefix: str, *, stage: bool) -> None:
    django.setup()
    from django.db import connection

    if stage:
        with connection.cursor() as cursor:
            cursor.execute(_MAKE_STAGING)
            cursor.execute("SELECT code, id FROM account WHERE code LIKE 'student:%'")
            account_ids: dict[str, int] = dict(cursor.fetchall())
    random = Random(prefix)
    now = datetime.now(UTC)
    for first in range(0, count, PIECE):
        notifications = [
            Notification(
                transaction_id=f"{prefix}-{number:07}",
                student_id=name_of(random.randrange(students)),
                amount_minor=random.randrange(100_00, 50_000_00),
                at=now + timedelta(milliseconds=number),
                method=random.choice(METHODS),
            )
            for number in range(first, min(first + PIECE, count))
        ]
        ids = _store(notifications, now)
        if stage:
            _stage(first, notifications, ids, account_ids)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE inbound_pending" + (", bench_staging" if stage else ""))


def _store(notifications: list[Notification], now: datetime) -> list[str]:
    from core.crypto import keyring
    from core.ids import new_id
    from core.sql import bytes_array, plain_array, run, text_array

    ids = [str(new_id()) for _ in notifications]
    seal = keyring().seal
    run(
        "webhooks",
        "store_events",
        [
            plain_array(ids),
            text_array(["cellulant"] * len(ids)),
            text_array(["notification"] * len(ids)),
            bytes_array(seal(notification.body()) for notification in notifications),
            plain_array([int(now.timestamp() * 1e6)] * len(ids)),
        ],
    )
    return ids


def _stage(first: int, notifications: list[Notification], ids: list[str], account_ids: dict[str, int]) -> None:
    from django.db import connection

    from core.ids import new_id, public_id

    with connection.cursor() as cursor, cursor.copy(_COPY_STAGING) as copy:
        for number, (told, inbound_id) in enumerate(zip(notifications, ids, strict=True), start=first):
            payment_id, account = new_id(), f"student:{told.student_id}:KES"
            copy.write_row(
                (
                    number,
                    inbound_id,
                    payment_id,
                    new_id(),
                    new_id(),
                    new_id(),
                    public_id("pay", payment_id),
                    f"student:{told.student_id}",
                    account,
                    account_ids[account],
                    told.amount_minor,
                    told.method.lower(),
                    told.transaction_id,
                    told.at,
                )
            )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], stage="--stage" in sys.argv)
