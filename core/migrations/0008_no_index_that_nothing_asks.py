from django.db import migrations


class Migration(migrations.Migration):
    """`queue_state` is read by its whole key alone; Django gives each text key another index, for LIKE."""

    dependencies = [("core", "0007_idempotency_keys")]

    operations = [
        migrations.RunSQL(
            "DROP INDEX IF EXISTS queue_state_name_5e0998c6_like",
            "CREATE INDEX queue_state_name_5e0998c6_like ON queue_state (name text_pattern_ops)",
        ),
    ]
