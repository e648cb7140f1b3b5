from django.db import migrations

from core.partitioning import grants
from core.sql_migrations import from_files


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_write_offs_count_together")]
    operations = [from_files(__file__, "0005_every_kind_has_its_shape"), grants("transfer_kind", "SELECT")]
