import core.fields
import core.ids
import django.db.models.deletion
import django.db.models.functions.text
from core.partitioning import immutable
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_tables_that_last'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Student',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('student_id', models.TextField(help_text="The school's own id: S004")),
                ('first_name', models.TextField()),
                ('last_name', models.TextField()),
                ('enrollment_status', models.TextField(choices=[('ACTIVE', 'Active'), ('INACTIVE', 'Inactive')], default='ACTIVE')),
                ('email', models.EmailField(max_length=254, null=True)),
                ('phone', core.fields.EncryptedTextField(editable=True, help_text='E.164', null=True)),
                ('phone_digest', models.BinaryField(db_index=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('user', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='student', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'student',
                'ordering': ['student_id'],
                'permissions': [('enroll', 'Can enroll students and change their enrollment'), ('charge', 'Can charge fees')],
            },
        ),
        migrations.CreateModel(
            name='FeeCharge',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('amount_minor', models.BigIntegerField()),
                ('currency', models.TextField()),
                ('description', models.TextField(help_text='What for, as the student reads it.')),
                ('term', models.TextField(blank=True)),
                ('due_date', models.DateField(null=True)),
                ('reference', models.TextField()),
                ('transfer_id', models.UUIDField(help_text="The ledger's transfer.")),
                ('charged_by', models.TextField(help_text='The actor: user:…, system:…')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('student', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fees', to='students.student')),
            ],
            options={
                'db_table': 'fee_charge',
                'ordering': ['-id'],
            },
        ),
        migrations.AddConstraint(
            model_name='student',
            constraint=models.UniqueConstraint(fields=('student_id',), name='student_id_key'),
        ),
        migrations.AddConstraint(
            model_name='student',
            constraint=models.UniqueConstraint(fields=('email',), name='student_email_key'),
        ),
        migrations.AddConstraint(
            model_name='student',
            constraint=models.CheckConstraint(condition=models.Q(('student_id__regex', '^[^:[:space:][:cntrl:]]{1,50}$')), name='student_id_fits_a_code'),
        ),
        migrations.AddConstraint(
            model_name='student',
            constraint=models.CheckConstraint(condition=models.Q(('first_name__regex', '^.{1,100}$'), ('last_name__regex', '^.{1,100}$')), name='student_has_names'),
        ),
        migrations.AddConstraint(
            model_name='student',
            constraint=models.CheckConstraint(condition=models.Q(('enrollment_status__in', ['ACTIVE', 'INACTIVE'])), name='student_enrollment'),
        ),
        migrations.AddConstraint(
            model_name='student',
            constraint=models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower('email'))), name='student_email_lower_case'),
        ),
        migrations.AddConstraint(
            model_name='student',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('phone__isnull', True), ('phone_digest__isnull', True)), models.Q(('phone__isnull', False), ('phone_digest__isnull', False)), _connector='OR'), name='student_phone_can_be_found'),
        ),
        migrations.AddConstraint(
            model_name='feecharge',
            constraint=models.UniqueConstraint(fields=('reference',), name='fee_charge_once'),
        ),
        migrations.AddConstraint(
            model_name='feecharge',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gt', 0)), name='fee_charge_amount'),
        ),
        migrations.AddConstraint(
            model_name='feecharge',
            constraint=models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='fee_charge_currency'),
        ),
        migrations.AddConstraint(
            model_name='feecharge',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('description', ''), _negated=True), models.Q(('reference', ''), _negated=True), models.Q(('charged_by', ''), _negated=True)), name='fee_charge_says_what_and_who'),
        ),
        immutable('fee_charge'),
    ]
