
import core.ids
from core.partitioning import CreatePartitionedModel, immutable
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [('core', '0002_inbox_events_exceptions')]

    operations = [
        migrations.CreateModel(
            name='NaturalKey',
            fields=[
                ('pk', models.CompositePrimaryKey('gateway', 'kind', 'reference', blank=True, editable=False, primary_key=True, serialize=False)),
                ('gateway', models.TextField()),
                ('kind', models.TextField()),
                ('reference', models.TextField()),
                ('payment_id', models.UUIDField()),
                ('booked_minor', models.BigIntegerField(null=True)),
                ('confirms', models.BooleanField(default=False)),
            ],
            options={
                'db_table': 'natural_key',
                'indexes': [models.Index(fields=['payment_id'], name='natural_key_payment')],
                'constraints': [models.CheckConstraint(condition=models.Q(('booked_minor__isnull', True), ('booked_minor__gt', 0), _connector='OR'), name='natural_key_booked')],
            },
        ),
        CreatePartitionedModel(
            name='Payment',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('gateway', models.TextField()),
                ('method', models.TextField(help_text='mpesa, card, bank_transfer, cash, upi, wallet')),
                ('status', models.TextField(choices=[('created', 'Created'), ('pending', 'Pending'), ('requires_action', 'Requires action'), ('unknown', 'Unknown'), ('failed', 'Failed'), ('expired', 'Expired'), ('cancelled', 'Cancelled'), ('authorized', 'Authorized'), ('voided', 'Voided'), ('partially_paid', 'Partially paid'), ('succeeded', 'Succeeded'), ('partially_refunded', 'Partially refunded'), ('refunded', 'Refunded')], default='created')),
                ('amount_minor', models.BigIntegerField(help_text='What is to be paid, in minor units; 0 while nobody has said.')),
                ('received_minor', models.BigIntegerField(default=0, help_text='What has been booked, in minor units.')),
                ('currency', models.TextField()),
                ('account', models.TextField(help_text='The ledger account it credits.')),
                ('named_account', models.TextField(help_text='The account the payer meant; differs from `account` while the money is in suspense.')),
                ('reference', models.TextField(help_text='The gateway reference it is best known by.')),
                ('status_at', models.DateTimeField(help_text="When the present state came about, by the gateway's clock.", null=True)),
                ('created_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(help_text='When its first money was booked, by our clock.', null=True)),
            ],
            options={
                'db_table': 'payment',
                'ordering': ['-id'],
                'permissions': [('allocate', 'Can allocate money in suspense')],
                'indexes': [models.Index(fields=['account', 'id'], name='payment_account')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['created', 'pending', 'requires_action', 'unknown', 'failed', 'expired', 'cancelled', 'authorized', 'voided', 'partially_paid', 'succeeded', 'partially_refunded', 'refunded'])), name='payment_status'), models.CheckConstraint(condition=models.Q(('amount_minor__gte', 0)), name='payment_amount_not_negative'), models.CheckConstraint(condition=models.Q(('received_minor__gte', 0)), name='payment_received_not_negative'), models.CheckConstraint(condition=models.Q(models.Q(('received_minor', 0), ('settled_at__isnull', True)), models.Q(('received_minor__gt', 0), ('settled_at__isnull', False)), _connector='OR'), name='payment_settled_when_received'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['succeeded', 'partially_refunded', 'refunded']), _negated=True), ('received_minor__gte', models.F('amount_minor')), _connector='OR'), name='payment_succeeded_is_paid'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'partially_paid'), _negated=True), models.Q(('received_minor__gt', 0), ('received_minor__lt', models.F('amount_minor'))), _connector='OR'), name='payment_partially_paid_is_part')],
            },
        ),
        CreatePartitionedModel(
            name='PaymentHistory',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('payment_id', models.UUIDField()),
                ('from_status', models.TextField(blank=True)),
                ('to_status', models.TextField()),
                ('booked_minor', models.BigIntegerField(default=0, help_text='Money this step booked, in minor units.')),
                ('source', models.TextField(choices=[('webhook', 'Webhook'), ('poll', 'Poll'), ('return_page', 'Return page'), ('staff', 'Staff'), ('statement', 'Statement'), ('ourselves', 'Bursar')])),
                ('evidence', models.TextField(help_text='The kind of evidence: notification, stk_callback, …')),
                ('inbound_event_id', models.UUIDField(null=True)),
                ('actor', models.TextField(blank=True)),
                ('reason', models.TextField(blank=True)),
                ('occurred_at', models.DateTimeField(help_text="By the gateway's clock; it orders the history and decides nothing.", null=True)),
                ('recorded_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'payment_history',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['payment_id', 'id'], name='payment_history_payment')],
            },
        ),
        immutable('payment_history'),
    ]
