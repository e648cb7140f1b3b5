from django.db import migrations

from core.sql_migrations import from_files


class Migration(migrations.Migration):
    dependencies = [("payments", "0010_an_order_is_paid_in_full"), ("ledger", "0005_every_kind_has_its_shape")]
    operations = [from_files(__file__, "0011_an_allocation_takes_all")]
