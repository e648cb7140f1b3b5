from celery import shared_task

from ledger.services import holding


@shared_task(name="ledger.expire_holds")
def expire_holds(*, limit: int = 500) -> int:
    """Give back what due holds reserve. Returns how many expired."""
    return holding.expire_holds(limit=limit)
