from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0009_sign_in_by_key"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="approval",
            options={
                "ordering": ["-id"],
                "permissions": [
                    ("approve", "Can approve what another person asks for"),
                    ("withdraw", "Can withdraw what they have asked for"),
                ],
            },
        ),
    ]
