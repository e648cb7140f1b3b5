import core.ids
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('access', '0003_merchants_and_keys'),
    ]

    operations = [
        migrations.CreateModel(
            name='GatewayToken',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('gateway', models.TextField()),
                ('kind', models.TextField(choices=[('bearer', 'Bearer'), ('path', 'Secret path')])),
                ('digest', models.BinaryField()),
                ('slot', models.PositiveSmallIntegerField(help_text='1 or 2 while it stands, none once retired.', null=True)),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'db_table': 'gateway_token',
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(fields=('gateway', 'kind', 'slot'), name='gateway_token_two_at_most'), models.UniqueConstraint(fields=('gateway', 'kind', 'digest'), name='gateway_token_once'), models.CheckConstraint(condition=models.Q(('slot__in', [1, 2])), name='gateway_token_slot'), models.CheckConstraint(condition=models.Q(('kind__in', ['bearer', 'path'])), name='gateway_token_kind'), models.CheckConstraint(condition=models.Q(('gateway', ''), _negated=True), name='gateway_token_has_a_gateway'), models.CheckConstraint(condition=models.Q(('revoked_at', None), ('slot', None), _connector='OR'), name='gateway_token_revoked_stands_no_more')],
            },
        ),
    ]
