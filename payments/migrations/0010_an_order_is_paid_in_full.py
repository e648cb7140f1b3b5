from django.db import migrations

from core.sql_migrations import from_files


class Migration(migrations.Migration):
    dependencies = [("payments", "0009_find_an_amount_without_writing_everywhere")]
    operations = [from_files(__file__, "0010_an_order_is_paid_in_full")]
