from django.db import migrations

from core.sql_migrations import from_files


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_rollups")]
    operations = [from_files(__file__, "0004_what_a_step_counts")]
