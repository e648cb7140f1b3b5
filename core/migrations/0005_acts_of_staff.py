from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0004_grants_by_table'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='exceptionitem',
            options={'ordering': ['-id'], 'permissions': [('accept', 'Can accept flagged items as they are')]},
        ),
        migrations.AlterModelOptions(
            name='inboundevent',
            options={'ordering': ['-id'], 'permissions': [('read_body', 'Can read raw gateway bodies'), ('replay', 'Can replay inbound events'), ('dismiss', 'Can dismiss inbound events')]},
        ),
        migrations.RemoveConstraint(
            model_name='exceptionitem',
            name='exception_item_resolution',
        ),
        migrations.AlterField(
            model_name='exceptionitem',
            name='status',
            field=models.TextField(choices=[('open', 'Open'), ('returning', 'To be returned'), ('resolved', 'Resolved'), ('dismissed', 'Dismissed')], default='open'),
        ),
        migrations.AddConstraint(
            model_name='exceptionitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('resolved_at__isnull', True), ('status__in', ['open', 'returning'])), models.Q(('resolved_at__isnull', False), ('status__in', ['resolved', 'dismissed'])), _connector='OR'), name='exception_item_resolution'),
        ),
        migrations.AddConstraint(
            model_name='exceptionitem',
            constraint=models.CheckConstraint(condition=models.Q(('status', 'open'), models.Q(models.Q(('resolved_by', ''), _negated=True), models.Q(('resolution', ''), _negated=True)), _connector='OR'), name='exception_item_says_who_and_what'),
        ),
    ]
