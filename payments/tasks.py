"""Tasks by name; what they do stands in the services they call. Each is safe to run twice."""

from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down

from payments.services import account_sums, rebuilding, rolling_up, working


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


@shared_task(name="payments.ask_gateways")
def ask_gateways() -> None:
    """Send what waits to be sent, and ask what is due."""
    working.ask_gateways()


@shared_task(name="payments.sweep_attempts")
def sweep_attempts() -> None:
    """Close calls that died with their workers, and orders that nobody paid in time."""
    working.sweep()


@worker_shutting_down.connect
def end_soon(**_: Any) -> None:
    working.end_soon()
