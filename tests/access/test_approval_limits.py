"""Up to how much one person may do alone."""

from django.core.management.sql import emit_post_migrate_signal

from access.models import ApprovalLimit
from access.services.approval_limits import apply_limits, most_alone


def test_the_limits_are_those_of_the_settings(db, settings):
    settings.APPROVAL_LIMITS_MINOR = {"allocation": {"KES": 500, "USD": 3}, "write_off": {"KES": 0}}
    for _ in range(2):
        apply_limits()
    assert [most_alone("allocation", currency) for currency in ("KES", "USD", "EUR")] == [500, 3, 0]
    assert (most_alone("write_off", "KES"), most_alone("fee_reversal", "KES"), most_alone("adjustment", "KES")) == (0, 0, 0)


def test_the_limits_are_written_after_every_migration(db, settings):
    ApprovalLimit.objects.all().delete()
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    assert most_alone("allocation", "KES") == settings.APPROVAL_LIMITS_MINOR["allocation"]["KES"] > 0
