from datetime import datetime, timedelta

from django.http import HttpRequest
from django.urls import reverse

from config.dashboard import attention, books, settled
from config.dashboard.days import now_in_school
from config.overview import running
from config.overview.blocks import Heading
from config.overview.money import charts, spans
from config.overview.needs import needs
from config.overview.patience import in_time
from core.admin.blocks import Block, Figure, Figures, Link, Note, Page, Table
from payments.admin.panels import payments_table
from payments.models import Payment

NEWEST = 8
BEHIND = timedelta(minutes=2)
"""The worker counts every few seconds, in a storm every minute; after so long something is in its way."""
SLOW = "The database takes too long over {}. The page tries again by itself; lists and searches work meanwhile."


def overview(request: HttpRequest, now: datetime | None = None) -> Page:
    """Each part only for those who may see its rows."""
    at = now_in_school(now)
    sees = request.user.has_perm
    main: list[Block] = []
    figures: list[Figure] = []
    if sees("core.view_exceptionitem") and sees("core.view_inboundevent") and sees("payments.view_payment"):
        waiting = in_time(lambda: attention(at))
        main.append(
            needs(waiting, at, sees_approvals=sees("access.view_approval"))
            if waiting
            else Note(SLOW.format("what needs a human"), "warn")
        )
        figures += [running.inbox(waiting.inbox)] if waiting else []
    if sees("ledger.view_transfer") and sees("payments.view_payment"):
        came = in_time(lambda: settled(at))
        main += (
            [*_stale(came.counted_at, at), Heading("Money in"), spans(came, at.hour)]
            if came
            else [Note(SLOW.format("sums"), "warn")]
        )
        figures = [*(running.outcomes(came) if came else []), *figures]
    else:
        came = None
    if sees("ledger.view_account"):
        held = in_time(books)
        figures += running.books(held) if held else []
        main += [] if held else [Note(SLOW.format("what the books hold open"), "warn")]
    main += [Heading("How it goes"), Figures(figures)] if figures else []
    if came:
        main += charts(came)
    if sees("payments.view_payment"):
        main.append(in_time(_newest) or Note(SLOW.format("the newest payments"), "warn"))
    if not main:
        main.append(Note("Your account has no role yet, so there is nothing to see. Ask whoever keeps Bursar."))
    return Page(name="Overview", heading="Overview", lead=f"{at:%A}, {at.day} {at:%B %Y}, {at:%H:%M}", main=main)


def _stale(counted_at: datetime | None, now: datetime) -> list[Block]:
    """Sums are some seconds old; older ones say so."""
    if counted_at is None:
        return [Note("No payment has been counted yet. The worker counts every few seconds once it runs.", "warn")]
    if now - counted_at <= BEHIND:
        return []
    last = f"{counted_at.astimezone(now.tzinfo):%H:%M:%S on %Y-%m-%d}"
    return [Note(f"The worker last counted at {last}: what came since is not in these sums.", "warn")]


def _newest() -> Table:
    more = [Link("All payments", reverse("admin:payments_payment_changelist"))]
    return payments_table("Newest payments", list(Payment.objects.order_by("-pk")[:NEWEST]), "No payment has come yet.", more)
