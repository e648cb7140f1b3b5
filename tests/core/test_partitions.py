"""Months are made ahead, and one that can not be made keeps no other from being made, and nobody from being told."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from core.ids import lowest_id_at
from core.models import Event, ExceptionItem
from core.tasks import MONTHS_AHEAD, keep_partitions

pytestmark = pytest.mark.django_db


def month(ahead: int) -> datetime:
    now = datetime.now(UTC)
    years, months = divmod(now.month - 1 + ahead, 12)
    return datetime(now.year + years, months + 1, 1, tzinfo=UTC)


def exists(table: str, ahead: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{table}_{month(ahead):%Y%m}"])
        return bool(cursor.fetchone()[0])


def drop(table: str, ahead: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {table}_{month(ahead):%Y%m}")


def test_months_are_made_ahead():
    drop("event", MONTHS_AHEAD)
    keep_partitions()
    assert exists("event", MONTHS_AHEAD)
    assert not ExceptionItem.objects.exists()


def test_a_stray_row_is_told_and_stops_only_its_own_month():
    for table, ahead in (("event", 2), ("event", 3), ("payment", 3)):
        drop(table, ahead)
    stray = Event.objects.create(id=lowest_id_at(month(2)), type="payment.succeeded", subject="pay_1")
    keep_partitions()
    keep_partitions()
    assert ExceptionItem.objects.values_list("reason", "subject").get() == ("stray_rows", "table event")
    assert [exists("event", 2), exists("event", 3), exists("payment", 3)] == [False, True, True]
    assert Event.objects.get() == stray
