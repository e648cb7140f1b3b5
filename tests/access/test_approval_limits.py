"""Up to how much one person may do alone."""

import pytest
from django.core.management import call_command

from access.services.approval_limits import apply_limits, most_alone


def test_the_limits_are_those_of_the_settings(db, settings):
    settings.APPROVAL_LIMITS_MINOR = {"allocation": {"KES": 500, "USD": 3}, "write_off": {"KES": 0}}
    for _ in range(2):
        apply_limits()
    assert [most_alone("allocation", currency) for currency in ("KES", "USD", "EUR")] == [500, 3, 0]
    assert (most_alone("write_off", "KES"), most_alone("fee_reversal", "KES"), most_alone("adjustment", "KES")) == (0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_the_limits_survive_a_flush(settings):
    call_command("flush", interactive=False)
    assert most_alone("allocation", "KES") == settings.APPROVAL_LIMITS_MINOR["allocation"]["KES"] > 0
