"""A CreateModel whose table is range-partitioned by month on its UUIDv7 key, with the default partition and the months ahead.

Used in migrations only. The rules themselves are SQL functions, in core's first migration.
"""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import CreateModel, RunSQL
from django.db.migrations.state import ProjectState


class CreatePartitionedModel(CreateModel):
    """CREATE TABLE … PARTITION BY RANGE (the primary key), then `make_partitioned`."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        options: Any = to_state.apps.get_model(app_label, self.name)._meta
        plain = schema_editor.sql_create_table
        schema_editor.sql_create_table = f"{plain} PARTITION BY RANGE ({schema_editor.quote_name(options.pk.column)})"
        try:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        finally:
            schema_editor.sql_create_table = plain
        schema_editor.execute("SELECT make_partitioned(%s)", [options.db_table])

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table = from_state.apps.get_model(app_label, self.name)._meta.db_table
        super().database_backwards(app_label, schema_editor, from_state, to_state)
        schema_editor.execute("DELETE FROM table_rule WHERE name = %s", [table])


def immutable(table: str, *, rewritable: str | None = None) -> RunSQL:
    """Refuse UPDATE, DELETE and TRUNCATE of a table, for everyone, and withhold the grants from the runtime role.

    `rewritable` names one encrypted column that the owner may still re-encrypt.
    """
    return RunSQL(
        [("SELECT make_immutable(%s, %s)", [table, rewritable])],
        [
            (f'DROP TRIGGER refuse_change ON "{table}"', None),
            ("UPDATE table_rule SET immutable = false WHERE name = %s", [table]),
        ],
    )


def grants(table: str, wanted: str) -> RunSQL:
    """Let the runtime role do `wanted` with a table and nothing else: `SELECT, INSERT, UPDATE (status, decided_at)`."""
    return RunSQL(
        [("SELECT grant_only(%s, %s)", [table, wanted])],
        [("UPDATE table_rule SET grants = NULL WHERE name = %s", [table])],
    )
