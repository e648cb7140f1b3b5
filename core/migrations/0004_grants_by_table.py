from django.db import migrations

from core.sql_migrations import from_files


class Migration(migrations.Migration):
    dependencies = [("core", "0003_find_what_staff_decide")]
    operations = [from_files(__file__, "0004_grants_by_table")]
