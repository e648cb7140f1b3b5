from django.db import migrations

from core.sql_migrations import from_files


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [from_files(__file__, "0001_tables_that_last")]
