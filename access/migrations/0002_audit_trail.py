import django.core.serializers.json
import core.ids
from core.partitioning import immutable
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('access', '0001_people'),
        ('core', '0001_tables_that_last'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('actor', models.TextField(help_text='user:…, merchant:…, or system:… for what no person did.')),
                ('act', models.TextField(help_text='What was done, as app.verb: students.charge_fee')),
                ('target', models.TextField(db_index=True, help_text='What it was done to, as text: student:S004, key_…')),
                ('reason', models.TextField()),
                ('before', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
                ('after', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
                ('request_id', models.TextField(blank=True)),
                ('at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name_plural': 'audit entries',
                'db_table': 'audit_entry',
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('actor', ''), _negated=True), models.Q(('act', ''), _negated=True), models.Q(('target', ''), _negated=True), models.Q(('reason', ''), _negated=True)), name='audit_entry_says_who_what_and_why')],
            },
        ),
        immutable('audit_entry'),
    ]
