from django.db import migrations

from core.sql_migrations import from_files


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_accounts_transfers_holds")]
    operations = [from_files(__file__, "0002_rules_of_the_books")]
