from django.db import migrations

_FLOOR = """
CREATE OR REPLACE FUNCTION uuid7_floor(instant timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (lpad(to_hex({milliseconds}::bigint), 12, '0') || '00000000000000000000')::uuid
$$
"""


class Migration(migrations.Migration):
    """`uuid7_floor` took the nearest millisecond, which in every second case is above what is made at that instant."""

    dependencies = [("core", "0008_no_index_that_nothing_asks")]

    operations = [
        migrations.RunSQL(
            _FLOOR.format(milliseconds="floor(extract(epoch FROM instant) * 1000)"),
            _FLOOR.format(milliseconds="(extract(epoch FROM instant) * 1000)"),
        ),
    ]
