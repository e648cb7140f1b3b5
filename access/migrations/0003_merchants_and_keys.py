import django.contrib.postgres.fields
import django.db.models.deletion
import core.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('access', '0002_audit_trail'),
    ]

    operations = [
        migrations.CreateModel(
            name='Merchant',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.TextField()),
                ('email', models.EmailField(help_text='Where we write to about payouts and failing endpoints.', max_length=254)),
                ('is_active', models.BooleanField(default=True, help_text='The keys of an inactive merchant are refused.')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merchants', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'merchant',
            },
        ),
        migrations.AddConstraint(
            model_name='merchant',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='merchant_has_a_name'),
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('key_id', models.TextField(help_text='The public half: key_…', unique=True)),
                ('secret_digest', models.BinaryField()),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(choices=[('orders:read', 'Read orders'), ('orders:write', 'Make orders'), ('payments:read', 'Read payments'), ('payments:write', 'Start, capture and cancel payments'), ('refunds:read', 'Read refunds'), ('refunds:write', 'Ask for refunds'), ('webhooks:read', 'Read endpoints, deliveries and events'), ('webhooks:write', 'Change endpoints, replay deliveries'), ('keys:write', 'Issue, rotate and revoke keys'), ('wallet:read', 'Read the wallet, its deposits, withdrawals and calls'), ('wallet:write', 'Fund the wallet, withdraw, make calls')]), size=None)),
                ('label', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('last_used_at', models.DateTimeField(help_text='To the minute.', null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('replaces', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='successor', to='access.apikey')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='keys', to=settings.AUTH_USER_MODEL)),
                ('merchant', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='keys', to='access.merchant')),
            ],
            options={
                'verbose_name': 'API key',
                'verbose_name_plural': 'API keys',
                'db_table': 'api_key',
            },
        ),
        migrations.AddConstraint(
            model_name='apikey',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('merchant__isnull', False), ('scopes__contained_by', ['orders:read', 'orders:write', 'payments:read', 'payments:write', 'refunds:read', 'refunds:write', 'webhooks:read', 'webhooks:write', 'keys:write']), ('user__isnull', True)), models.Q(('merchant__isnull', True), ('scopes__contained_by', ['wallet:read', 'wallet:write']), ('user__isnull', False)), _connector='OR'), name='api_key_one_holder_and_its_scopes'),
        ),
        migrations.AddConstraint(
            model_name='apikey',
            constraint=models.CheckConstraint(condition=models.Q(('scopes__len__gt', 0)), name='api_key_may_do_something'),
        ),
    ]
