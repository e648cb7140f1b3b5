from django.db import migrations

from core.sql_migrations import from_files


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_payments_and_natural_keys")]
    operations = [from_files(__file__, "0002_states_only_rise")]
