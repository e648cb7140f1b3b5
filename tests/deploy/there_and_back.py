"""Migrate an empty database forward, every app of ours back to zero, and forward again; print what stood there each time.

python there_and_back.py        # of DATABASE_URL; three lines of JSON, each a list of what the schema `public` holds
"""

import json
import sys

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection

STANDING = """
SELECT concat_ws(' ', 'column', table_name || '.' || column_name, data_type, is_nullable, column_default)
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'trigger ' || tgrelid::regclass || ' ' || tgname FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'function ' || oid::regprocedure FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'sequence ' || sequencename FROM pg_sequences WHERE schemaname = 'public'
"""


def main() -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    tell()
    # Reports of what is to be undone go by the state before, so the apps nearest the roof come first.
    for config in apps.get_app_configs():
        if (settings.BASE_DIR / config.label / "migrations").is_dir():
            call_command("migrate", config.label, "zero", verbosity=0)
    tell()
    call_command("migrate", verbosity=0)
    tell()


def tell() -> None:
    with connection.cursor() as cursor:
        cursor.execute(STANDING)
        sys.stdout.write(json.dumps(sorted(line for (line,) in cursor.fetchall())) + "\n")


if __name__ == "__main__":
    main()
