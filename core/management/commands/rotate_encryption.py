"""`manage.py rotate_encryption`: seal everything again that an older key of BURSAR_ENCRYPTION_KEYS had sealed.

Put the new key first, restart the processes, run this, and only then drop the old key. It runs as the owner of the tables,
since the bodies of inbound events are immutable to everyone else; it may be stopped and run again.
"""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import connection, models, transaction

from core.crypto import keyring
from core.fields import EncryptedBytesField, EncryptedTextField

BATCH = 500


class Command(BaseCommand):
    help = "Re-encrypt with the active key what an older one had encrypted."

    def handle(self, *args: Any, **options: Any) -> None:
        for model in apps.get_models():
            for field in model._meta.concrete_fields:
                if isinstance(field, EncryptedBytesField | EncryptedTextField):
                    count = _rotate(model, field)
                    if options["verbosity"]:
                        self.stdout.write(f"{model._meta.db_table}.{field.column}: {count} sealed again")


def _rotate(model: type[models.Model], field: EncryptedBytesField | EncryptedTextField) -> int:
    """Walk the table by key, a batch a transaction, so that it can be stopped anywhere."""
    names = (model._meta.db_table, model._meta.pk.attname, field.attname)
    table, key, column = (connection.ops.quote_name(name) for name in names)
    # Every name is one of our own models'.
    page = f"WHERE {column} IS NOT NULL AND (%s::text IS NULL OR {key} > %s) ORDER BY {key} LIMIT {BATCH}"
    select = f"SELECT {key}, {column} FROM {table} {page}"  # noqa: S608
    update = f"UPDATE {table} SET {column} = %s WHERE {key} = %s AND {column} = %s"  # noqa: S608
    ring, count, last = keyring(), 0, None
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(select, [last, last])
            rows = cursor.fetchall()
            stale = [(ring.seal(ring.open(sealed)), row, sealed) for row, sealed in rows if not ring.is_current(sealed)]
            if stale:
                cursor.executemany(update, stale)
        count += len(stale)
        if len(rows) < BATCH:
            return count
        last = rows[-1][0]
