"""SQL beside a migration: a `.sql` file that runs forwards, and its `.undo.sql` that runs backwards."""

from pathlib import Path

from django.db.migrations.operations import RunSQL


def from_files(migration: str, stem: str) -> RunSQL:
    """One RunSQL of `<stem>.sql` and its inverse `<stem>.undo.sql`, both beside the migration's own file."""
    folder = Path(migration).parent
    return RunSQL((folder / f"{stem}.sql").read_text(), (folder / f"{stem}.undo.sql").read_text())
