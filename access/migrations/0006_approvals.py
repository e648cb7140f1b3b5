import access.models.approval
import core.ids
import datetime
import django.db.models.expressions
from core.partitioning import grants
from core.sql_migrations import from_files
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0005_second_factor'),
        ('core', '0004_grants_by_table'),
    ]

    operations = [
        from_files(__file__, '0006_approvals_digest'),
        migrations.CreateModel(
            name='Approval',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.TextField(help_text='What is to be done, as app.verb: payments.allocate')),
                ('payload', models.JSONField(help_text='All that it takes to do it; `transfer` is what would be booked.')),
                ('digest', models.TextField(help_text='SHA-256 over kind and payload, in hex.')),
                ('summary', models.TextField(help_text='What was asked for, in the words that the requester saw.')),
                ('permission', models.TextField(help_text='What an approver must hold: access.approve')),
                ('requester', models.TextField(help_text='The actor who asks: user:…, merchant:…, system:…')),
                ('reason', models.TextField(help_text='Why it is asked for.')),
                ('requested_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('status', models.TextField(choices=[('requested', 'Waiting'), ('approved', 'Approved'), ('executed', 'Done'), ('rejected', 'Rejected'), ('cancelled', 'Withdrawn')], default='requested')),
                ('approver', models.TextField(help_text='The actor who approved or rejected it: user:…', null=True)),
                ('decision_reason', models.TextField(blank=True, help_text='Why it was approved, rejected or withdrawn.')),
                ('decided_at', models.DateTimeField(null=True)),
                ('executed_at', models.DateTimeField(null=True)),
                ('result', models.JSONField(help_text='What came of it, by public ids.', null=True)),
            ],
            options={
                'db_table': 'approval',
                'ordering': ['-id'],
                'permissions': [('approve', 'Can approve what another person asks for')],
                'indexes': [models.Index(condition=models.Q(('status__in', ['requested', 'approved'])), fields=['digest'], name='approval_open')],
                'constraints': [models.CheckConstraint(condition=models.Q(('approver__isnull', True), models.Q(('approver', models.F('requester')), _negated=True), _connector='OR'), name='approval_two_people'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['approved', 'executed']), _negated=True), ('approver__isnull', False), _connector='OR'), name='approval_has_an_approver'), models.CheckConstraint(condition=models.Q(('digest', access.models.approval.ApprovalDigest(models.F('kind'), models.F('payload')))), name='approval_digest_is_of_its_payload'), models.CheckConstraint(condition=models.Q(('status__in', ['requested', 'approved', 'executed', 'rejected', 'cancelled'])), name='approval_status'), models.CheckConstraint(condition=models.Q(models.Q(('approver__isnull', True), ('decided_at__isnull', True), ('decision_reason', ''), ('status', 'requested')), models.Q(('approver__isnull', True), ('decided_at__isnull', False), ('status', 'cancelled'), models.Q(('decision_reason', ''), _negated=True)), models.Q(models.Q(('status__in', ['requested', 'cancelled']), _negated=True), ('approver__isnull', False), ('decided_at__isnull', False), models.Q(('decision_reason', ''), _negated=True)), _connector='OR'), name='approval_decided'), models.CheckConstraint(condition=models.Q(models.Q(('executed_at__isnull', False), ('status', 'executed')), models.Q(models.Q(('status', 'executed'), _negated=True), ('executed_at__isnull', True), ('result__isnull', True)), _connector='OR'), name='approval_executed'), models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('requested_at')), ('expires_at__lte', django.db.models.expressions.CombinedExpression(models.F('requested_at'), '+', models.Value(datetime.timedelta(days=30))))), name='approval_expires'), models.CheckConstraint(condition=models.Q(models.Q(('kind', ''), _negated=True), models.Q(('requester', ''), _negated=True), models.Q(('reason', ''), _negated=True), models.Q(('summary', ''), _negated=True)), name='approval_says_who_what_and_why'), models.CheckConstraint(condition=models.Q(('permission__regex', '^[a-z_]+\\.approve[a-z_]*$')), name='approval_permission')],
            },
        ),
        migrations.CreateModel(
            name='ApprovalLimit',
            fields=[
                ('pk', models.CompositePrimaryKey('kind', 'currency', blank=True, editable=False, primary_key=True, serialize=False)),
                ('kind', models.TextField(help_text='The kind of transfer: allocation, write_off, …')),
                ('currency', models.TextField()),
                ('most_minor', models.BigIntegerField()),
            ],
            options={
                'db_table': 'approval_limit',
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('most_minor__gte', 0)), name='approval_limit_not_negative')],
            },
        ),
        from_files(__file__, '0006_approvals_rules'),
        grants('approval', 'SELECT, INSERT, UPDATE (status, approver, decision_reason, decided_at, executed_at, result)'),
        grants('approval_limit', 'SELECT'),
    ]
