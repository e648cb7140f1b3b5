from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('students', '0001_students_and_fees'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='student',
            options={'ordering': ['student_id'], 'permissions': [('enroll', 'Can enroll students and change their enrollment'), ('charge', 'Can charge fees'), ('cancel_fee', 'Can cancel fees that were charged in error'), ('write_off', 'Can write off what students owe')]},
        ),
    ]
