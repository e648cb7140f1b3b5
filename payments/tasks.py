"""Tasks by name; what they do stands in the services they call. Each is safe to run twice."""

from celery import shared_task

from payments.services import account_sums, rebuilding, rolling_up


@shared_task(name="payments.roll_up")
def roll_up() -> None:
    """Count the newest steps of payments for the dashboard."""
    rolling_up.roll_up()


@shared_task(name="payments.mend_rollups")
def mend_rollups() -> None:
    """Hold the last days' counts against their rows."""
    rebuilding.mend()


@shared_task(name="payments.sum_accounts")
def sum_accounts() -> None:
    """Add up what accounts hold, by the kind of their owners."""
    account_sums.sum_accounts()
