from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0009_a_floor_is_never_above'),
    ]

    operations = [
        migrations.AddField(
            model_name='exceptionitem',
            name='reference',
            field=models.TextField(blank=True, db_default='', help_text='What the gateway calls money that is not booked: a receipt, say. No natural key knows it.'),
        ),
        migrations.AddIndex(
            model_name='exceptionitem',
            index=models.Index(condition=models.Q(('reference', ''), _negated=True), fields=['reference', 'id'], name='exception_item_reference'),
        ),
    ]
