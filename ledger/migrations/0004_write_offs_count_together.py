from django.db import migrations

from core.sql_migrations import from_files


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_what_needs_approval")]
    operations = [from_files(__file__, "0004_write_offs_count_together")]
