

import core.fields
import core.ids
from core.partitioning import CreatePartitionedModel, immutable
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_tables_that_last'),
    ]

    operations = [
        CreatePartitionedModel(
            name='Event',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('type', models.TextField()),
                ('subject', models.TextField(help_text='Public id of the thing that changed.')),
                ('owner', models.TextField(blank=True, help_text='Whose it is, as text: merchant:…, student:…, user:…')),
                ('payload', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'db_table': 'event',
                'ordering': ['-id'],
            },
        ),
        CreatePartitionedModel(
            name='InboundEvent',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('gateway', models.TextField(help_text="Which gateway's door it came through.")),
                ('kind', models.TextField(help_text="Which of that gateway's doors: notification, stk, …")),
                ('body', core.fields.EncryptedBytesField(help_text='The raw bytes.')),
                ('received_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'inbound_event',
                'ordering': ['-id'],
                'permissions': [('read_body', 'Can read raw gateway bodies'), ('replay', 'Can replay inbound events')],
            },
        ),
        migrations.CreateModel(
            name='InboundPending',
            fields=[
                ('event_id', models.UUIDField(primary_key=True, serialize=False)),
                ('replayed_by', models.TextField(blank=True, db_default='', help_text='The actor who asked for it again; empty the first time.')),
            ],
            options={
                'db_table': 'inbound_pending',
            },
        ),
        migrations.CreateModel(
            name='InboundReject',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('gateway', models.TextField()),
                ('status', models.PositiveSmallIntegerField()),
                ('reason', models.TextField()),
                ('size', models.PositiveBigIntegerField(help_text='Bytes announced or read.')),
                ('sample', core.fields.EncryptedBytesField(help_text='The first kilobyte.')),
                ('address', models.TextField(blank=True)),
                ('suppressed', models.PositiveIntegerField(default=0, help_text='Like refusals before this one that were only counted.')),
                ('received_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'inbound_reject',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='QueueState',
            fields=[
                ('name', models.TextField(primary_key=True, serialize=False)),
                ('holder', models.TextField(blank=True)),
                ('leased_until', models.DateTimeField(null=True)),
                ('completed', models.BigIntegerField(default=0)),
                ('failed', models.BigIntegerField(default=0)),
            ],
            options={
                'db_table': 'queue_state',
            },
        ),
        migrations.CreateModel(
            name='ExceptionItem',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.TextField(choices=[('suspense', 'Suspense'), ('quarantine', 'Quarantine'), ('conflict', 'Conflict'), ('poison', 'Poison'), ('flag', 'Flag')])),
                ('reason', models.TextField(help_text='A stable code, e.g. unknown_account.')),
                ('subject', models.TextField()),
                ('payment_id', models.UUIDField(null=True)),
                ('inbound_event_id', models.UUIDField(null=True)),
                ('amount_minor', models.BigIntegerField(null=True)),
                ('currency', models.TextField(blank=True)),
                ('detail', models.TextField(blank=True, help_text='In plain words.')),
                ('status', models.TextField(choices=[('open', 'Open'), ('resolved', 'Resolved'), ('dismissed', 'Dismissed')], default='open')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('resolved_at', models.DateTimeField(null=True)),
                ('resolved_by', models.TextField(blank=True, help_text='The actor: user:…')),
                ('resolution', models.TextField(blank=True, help_text='What was done, and the reason given.')),
            ],
            options={
                'db_table': 'exception_item',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['payment_id'], name='exception_item_payment'), models.Index(fields=['inbound_event_id'], name='exception_item_inbound')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('kind', 'subject'), name='exception_item_one_open'), models.CheckConstraint(condition=models.Q(('kind__in', ['suspense', 'quarantine', 'conflict', 'poison', 'flag'])), name='exception_item_kind'), models.CheckConstraint(condition=models.Q(models.Q(('resolved_at__isnull', True), ('status', 'open')), models.Q(('resolved_at__isnull', False), ('status__in', ['resolved', 'dismissed'])), _connector='OR'), name='exception_item_resolution')],
            },
        ),
        CreatePartitionedModel(
            name='InboundOutcome',
            fields=[
                ('event_id', models.UUIDField(primary_key=True, serialize=False)),
                ('verdict', models.TextField(choices=[('settled', 'Settled'), ('recorded', 'Recorded'), ('duplicate', 'Duplicate'), ('quarantined', 'Quarantined'), ('conflict', 'Conflict'), ('poison', 'Poison'), ('dismissed', 'Dismissed')])),
                ('reason', models.TextField(blank=True, help_text='A stable code: why it was not simply settled.')),
                ('detail', models.TextField(blank=True, help_text='In plain words, or the traceback of a poisonous event.')),
                ('payment_id', models.UUIDField(null=True)),
                ('decided_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'inbound_outcome',
                'indexes': [models.Index(fields=['payment_id'], name='inbound_outcome_payment')],
                'constraints': [models.CheckConstraint(condition=models.Q(('verdict__in', ['settled', 'recorded', 'duplicate', 'quarantined', 'conflict', 'poison', 'dismissed'])), name='inbound_outcome_verdict')],
            },
        ),
        immutable('event'),
        immutable('inbound_event', rewritable='body'),
        immutable('inbound_reject', rewritable='sample'),
    ]
