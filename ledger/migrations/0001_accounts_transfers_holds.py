
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
import django.utils.timezone
import core.ids
from core.partitioning import CreatePartitionedModel, immutable
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0002_inbox_events_exceptions'),
    ]

    operations = [
        migrations.CreateModel(
            name='TransferReference',
            fields=[
                ('reference', models.TextField(primary_key=True, serialize=False)),
                ('transfer_id', models.UUIDField()),
            ],
            options={
                'db_table': 'transfer_reference',
            },
        ),
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('code', models.TextField()),
                ('kind', models.TextField(choices=[('asset', 'Asset'), ('liability', 'Liability'), ('income', 'Income'), ('expense', 'Expense'), ('equity', 'Equity')])),
                ('currency', models.TextField()),
                ('guarded', models.BooleanField(default=False, help_text='May not fall below zero.')),
                ('slots', models.SmallIntegerField(default=1, help_text='How many balance rows share its movements.')),
                ('state', models.TextField(choices=[('open', 'Open'), ('review', 'Under review'), ('frozen', 'Frozen'), ('closed', 'Closed')], default='open')),
                ('owner', models.TextField(blank=True, help_text="Whose it is: student:S004, merchant:…; empty for the school's own.")),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'db_table': 'account',
                'ordering': ['code'],
                'indexes': [models.Index(condition=models.Q(('owner', ''), _negated=True), fields=['owner'], name='account_owner_idx')],
                'constraints': [models.UniqueConstraint(fields=('code',), name='account_code_key'), models.CheckConstraint(condition=models.Q(('code__regex', '^[a-z]+(:[^:[:space:][:cntrl:]]{1,50})+$')), name='account_code'), models.CheckConstraint(condition=models.Q(('code__startswith', 'wallet:'), ('currency', django.db.models.functions.text.Right('code', 3)), _connector='OR'), name='account_code_names_currency'), models.CheckConstraint(condition=models.Q(('owner', ''), ('owner__regex', '^[a-z][a-z0-9_]*:[^:[:space:][:cntrl:]]{1,50}$'), _connector='OR'), name='account_owner'), models.UniqueConstraint(fields=('id', 'currency'), name='account_currency_key'), models.UniqueConstraint(fields=('id', 'guarded'), name='account_guarded_key'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='account_currency'), models.CheckConstraint(condition=models.Q(('kind__in', ['asset', 'liability', 'income', 'expense', 'equity'])), name='account_kind'), models.CheckConstraint(condition=models.Q(('state__in', ['open', 'review', 'frozen', 'closed'])), name='account_state'), models.CheckConstraint(condition=models.Q(('guarded', False), models.Q(('kind__in', ['liability', 'income', 'equity']), ('slots', 1)), _connector='OR'), name='account_guarded'), models.CheckConstraint(condition=models.Q(('slots__range', (1, 64))), name='account_slots')],
            },
        ),
        migrations.CreateModel(
            name='Balance',
            fields=[
                ('pk', models.CompositePrimaryKey('account_id', 'slot', blank=True, editable=False, primary_key=True, serialize=False)),
                ('slot', models.SmallIntegerField()),
                ('guarded', models.BooleanField(help_text="A copy of the account's, for the CHECK.")),
                ('debits_minor', models.BigIntegerField(default=0)),
                ('credits_minor', models.BigIntegerField(default=0)),
                ('held_minor', models.BigIntegerField(default=0)),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='balances', to='ledger.account')),
            ],
            options={
                'db_table': 'balance',
                'constraints': [models.CheckConstraint(condition=models.Q(('credits_minor__gte', 0), ('debits_minor__gte', 0), ('held_minor__gte', 0)), name='balance_not_negative'), models.CheckConstraint(condition=models.Q(('guarded', False), ('credits_minor__gte', django.db.models.expressions.CombinedExpression(models.F('debits_minor'), '+', models.F('held_minor'))), _connector='OR'), name='balance_guarded'), models.CheckConstraint(condition=models.Q(models.Q(('guarded', True), ('slot', 0)), models.Q(('guarded', False), ('held_minor', 0)), _connector='OR'), name='balance_held'), models.CheckConstraint(condition=models.Q(('slot__gte', 0)), name='balance_slot')],
            },
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('currency', models.TextField()),
                ('reference', models.TextField()),
                ('amount_minor', models.BigIntegerField()),
                ('posted_minor', models.BigIntegerField(default=0)),
                ('voided_minor', models.BigIntegerField(default=0)),
                ('expired_minor', models.BigIntegerField(default=0)),
                ('open_minor', models.BigIntegerField()),
                ('state', models.GeneratedField(db_persist=True, expression=models.Case(models.When(open_minor__gt=0, then=models.Value('open')), default=models.Value('closed')), output_field=models.TextField(choices=[('open', 'Open'), ('closed', 'Closed')]))),
                ('expires_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='ledger.account')),
            ],
            options={
                'db_table': 'hold',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['account', 'id'], name='hold_account'), models.Index(condition=models.Q(('open_minor__gt', 0)), fields=['account'], name='hold_open'), models.Index(condition=models.Q(('open_minor__gt', 0)), fields=['expires_at'], name='hold_expiry')],
                'constraints': [models.UniqueConstraint(fields=('reference',), name='hold_reference_key'), models.CheckConstraint(condition=models.Q(('amount_minor', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('posted_minor'), '+', models.F('voided_minor')), '+', models.F('expired_minor')), '+', models.F('open_minor')))), name='hold_equation'), models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0), ('expired_minor__gte', 0), ('open_minor__gte', 0), ('posted_minor__gte', 0), ('voided_minor__gte', 0)), name='hold_not_negative')],
            },
        ),
        CreatePartitionedModel(
            name='Transfer',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('amount_minor', models.BigIntegerField()),
                ('currency', models.TextField()),
                ('kind', models.TextField(help_text='What happened, in a word: fee, payment, refund, reversal, …')),
                ('reference', models.TextField(help_text='The one name of this movement.')),
                ('effective_at', models.DateTimeField(help_text='When it happened; the id says when it was booked.')),
                ('reverses_id', models.UUIDField(help_text='The transfer that this one mirrors.', null=True)),
                ('hold_id', models.UUIDField(help_text='The hold that this one was posted from.', null=True)),
                ('memo', models.TextField(blank=True)),
                ('credit_account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='credits', to='ledger.account')),
                ('debit_account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='debits', to='ledger.account')),
            ],
            options={
                'db_table': 'transfer',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['debit_account', 'id'], name='transfer_debit'), models.Index(fields=['credit_account', 'id'], name='transfer_credit'), models.Index(condition=models.Q(('hold_id__isnull', False)), fields=['hold_id'], name='transfer_hold')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='transfer_amount'), models.CheckConstraint(condition=models.Q(('debit_account', models.F('credit_account')), _negated=True), name='transfer_two_accounts'), models.CheckConstraint(condition=models.Q(('kind', ''), _negated=True), name='transfer_kind')],
            },
        ),
        immutable('transfer'),
        immutable('transfer_reference'),
    ]
