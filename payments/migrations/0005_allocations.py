from django.db import migrations

from core.sql_migrations import from_files


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_what_a_step_counts"), ("ledger", "0003_what_needs_approval")]
    operations = [
        from_files(__file__, "0005_allocations"),
        migrations.AlterModelOptions(
            name="payment",
            options={
                "ordering": ["-id"],
                "permissions": [
                    ("allocate", "Can allocate money in suspense"),
                    ("return_for_refund", "Can mark money to be returned to its payer"),
                ],
            },
        ),
    ]
