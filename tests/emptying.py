"""The one place that may empty immutable tables: what tests with real transactions left behind, between them.

Django truncates every table and then fills in anew what `migrate` leaves behind (permissions, roles, routes).
Hardly any table was written to, so here only those rows go that are there, and what `migrate` had left is put back as it was.
"""

from typing import Any

import pytest
from django.core.management.commands import flush
from django.db import connection, transaction
from django.db.backends.postgresql.operations import DatabaseOperations

_EMPTY = """
DO $$
DECLARE
    name text;
    written boolean;
BEGIN
    FOREACH name IN ARRAY ARRAY[{names}] LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO written;
        IF written THEN
            EXECUTE format('DELETE FROM %I', name);
        END IF;
    END LOOP;
END $$
"""


def install() -> pytest.MonkeyPatch:
    """Have `flush` empty tables this way, until the patch is undone. The database is as `migrate` left it."""
    left = {name: rows for name in connection.introspection.django_table_names(only_existing=True) if (rows := _copied(name))}

    def sql_flush(self: Any, style: Any, tables: Any, **options: Any) -> list[str]:
        return list(tables)

    def execute_sql_flush(self: Any, tables: list[str]) -> None:
        names = ", ".join(f'"{name}"' for name in tables)
        with transaction.atomic(), connection.cursor() as cursor:
            # Triggers and foreign keys rest for this alone; whoever still writes is waited for.
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")
            cursor.execute(_EMPTY.format(names=", ".join(f"'{name}'" for name in tables)))
            for name in left.keys() & set(tables):
                with cursor.copy(f'COPY "{name}" FROM STDIN') as copy:
                    copy.write(left[name])

    def emit_post_migrate_signal(*_: Any, **__: Any) -> None:
        from ledger.services.accounts import forget_accounts

        forget_accounts()

    patch = pytest.MonkeyPatch()
    patch.setattr(DatabaseOperations, "sql_flush", sql_flush)
    patch.setattr(DatabaseOperations, "execute_sql_flush", execute_sql_flush)
    patch.setattr(flush, "emit_post_migrate_signal", emit_post_migrate_signal)
    return patch


def _copied(table: str) -> bytes:
    with connection.cursor() as cursor, cursor.copy(f'COPY (TABLE "{table}") TO STDOUT') as copy:
        return b"".join(copy)
