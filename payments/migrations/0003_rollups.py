from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0002_states_only_rise'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccountRollup',
            fields=[
                ('pk', models.CompositePrimaryKey('word', 'currency', blank=True, editable=False, primary_key=True, serialize=False)),
                ('word', models.TextField(help_text='The first word of their codes.')),
                ('currency', models.TextField()),
                ('above', models.BigIntegerField(help_text="How many hold more than zero, in the account's natural sign.")),
                ('above_minor', models.BigIntegerField()),
                ('below', models.BigIntegerField()),
                ('below_minor', models.BigIntegerField(help_text='How far below zero, as a positive number.')),
                ('counted_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'account_rollup',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='RollupState',
            fields=[
                ('name', models.TextField(primary_key=True, serialize=False)),
                ('mark', models.UUIDField()),
                ('next_mark', models.UUIDField()),
                ('next_xid', models.BigIntegerField()),
                ('zone', models.TextField(help_text='Whose days and hours these are.')),
                ('counted_at', models.DateTimeField(null=True)),
                ('seconds', models.FloatField(default=0.0, help_text='What the last pass took.')),
            ],
            options={
                'db_table': 'rollup_state',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='UnnamedPayment',
            fields=[
                ('payment_id', models.UUIDField(primary_key=True, serialize=False)),
            ],
            options={
                'db_table': 'unnamed_payment',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='WaitingPayment',
            fields=[
                ('payment_id', models.UUIDField(primary_key=True, serialize=False)),
                ('gateway', models.TextField()),
                ('status', models.TextField()),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'waiting_payment',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='LatencyRollup',
            fields=[
                ('pk', models.CompositePrimaryKey('day', 'gateway', 'tenths', 'final', blank=True, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('gateway', models.TextField()),
                ('tenths', models.SmallIntegerField()),
                ('final', models.BooleanField()),
                ('bookings', models.BigIntegerField()),
            ],
            options={
                'db_table': 'latency_rollup',
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('final', False)), fields=['day'], name='latency_rollup_newest')],
            },
        ),
        migrations.CreateModel(
            name='PaymentRollup',
            fields=[
                ('pk', models.CompositePrimaryKey('hour', 'day', 'gateway', 'currency', 'method', 'final', blank=True, editable=False, primary_key=True, serialize=False)),
                ('hour', models.SmallIntegerField(help_text='0 to 23, or 24 for the whole day.')),
                ('day', models.DateField()),
                ('gateway', models.TextField()),
                ('currency', models.TextField()),
                ('method', models.TextField()),
                ('final', models.BooleanField()),
                ('bookings', models.BigIntegerField(help_text='How many times money came.')),
                ('booked_minor', models.BigIntegerField(help_text='How much came, in minor units.')),
                ('succeeded', models.BigIntegerField()),
                ('failed', models.BigIntegerField()),
                ('cancelled', models.BigIntegerField()),
                ('expired', models.BigIntegerField()),
            ],
            options={
                'db_table': 'payment_rollup',
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('final', False)), fields=['day'], name='payment_rollup_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('hour__range', (0, 24))), name='payment_rollup_hour')],
            },
        ),
    ]
