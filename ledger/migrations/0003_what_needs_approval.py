from django.db import migrations

from core.sql_migrations import from_files


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_rules_of_the_books"), ("access", "0006_approvals")]
    operations = [
        from_files(__file__, "0003_what_needs_approval"),
        migrations.AlterModelOptions(
            name="transfer",
            options={"ordering": ["-id"], "permissions": [("adjust", "Can ask for adjustments of the books")]},
        ),
    ]
