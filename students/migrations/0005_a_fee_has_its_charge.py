from django.db import migrations

from core.sql_migrations import from_files


class Migration(migrations.Migration):
    dependencies = [("students", "0004_uploads"), ("ledger", "0005_every_kind_has_its_shape")]
    operations = [from_files(__file__, "0005_a_fee_has_its_charge")]
