from django.db import migrations

from core.sql_migrations import from_files


class Migration(migrations.Migration):
    dependencies = [("core", "0010_what_refused_money_is_called")]
    operations = [from_files(__file__, "0011_rows_come_by_the_whole_table")]
