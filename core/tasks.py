"""Upkeep: of the tables that last, by functions that belong to their owner, and of idempotency keys."""

import logging
from itertools import product

from celery import shared_task
from django.db import DatabaseError, connection, transaction

from core import idempotency
from core.exceptions import NewItem, open_items
from core.models.exception_item import ExceptionItem

logger = logging.getLogger(__name__)
MONTHS_AHEAD = 3


@shared_task(name="core.keep_partitions")
def keep_partitions() -> None:
    """Make the coming months' partitions, and tell staff when a row fell into a default one.

    Told first, and made one by one: a month that has strays in the default partition can't be made, which stops no other.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM table_rule WHERE partitioned ORDER BY name")
        tables = [table for (table,) in cursor.fetchall()]
        for table in tables:
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {connection.ops.quote_name(table + '_default')})")  # noqa: S608 - our own names
            if cursor.fetchone()[0]:
                detail = f"Rows of {table} are dated outside every month that exists. They are safe, and should be looked at."
                open_items([NewItem(ExceptionItem.Kind.FLAG, "stray_rows", f"table {table}", detail=detail)])
    for table, ahead in product(tables, range(-1, MONTHS_AHEAD + 1)):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT ensure_partitions_of(%s, now() + make_interval(months => %s), 1)", [table, ahead])
        except DatabaseError as refused:
            logger.warning("a month of %s could not be made: %s", table, refused)


@shared_task(name="core.analyze_partitioned")
def analyze_partitioned() -> None:
    """Gather the parents' statistics, which autovacuum never does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT analyze_partitioned()")


@shared_task(name="core.sweep_idempotency_keys")
def sweep_idempotency_keys() -> int:
    """Finish or release calls whose process died. Returns how many."""
    return idempotency.sweep()


@shared_task(name="core.forget_idempotency_keys")
def forget_idempotency_keys() -> int:
    """Delete replies that are no longer kept. Returns how many."""
    return idempotency.forget()
