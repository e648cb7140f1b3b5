"""The menu of the back office, in finance words. What a user may not see is not in it."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from access.models import Approval
from core.models import ExceptionItem

MANY = 100
_MENU: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "",
        (
            ("Overview", "space_dashboard", ""),
            ("Exceptions", "report", "core_exceptionitem"),
            ("Approvals", "how_to_reg", "access_approval"),
        ),
    ),
    (
        "Fees",
        (
            ("Students", "school", "students_student"),
            ("Fees charged", "request_quote", "students_feecharge"),
            ("Payments", "payments", "payments_payment"),
        ),
    ),
    ("Sales", (("Orders", "shopping_bag", "payments_order"),)),
    (
        "Books",
        (
            ("Accounts", "account_balance_wallet", "ledger_account"),
            ("Transfers", "swap_horiz", "ledger_transfer"),
            ("Trial balance", "balance", "ledger_account:trial_balance"),
        ),
    ),
    (
        "Gateways",
        (
            ("Gateways", "sensors", "payments_gatewaystate"),
            ("Inbound events", "move_to_inbox", "core_inboundevent"),
            ("Calls to gateways", "outbox", "payments_paymentattempt"),
            ("Routes", "alt_route", "payments_paymentroute"),
            ("Refused requests", "block", "core_inboundreject"),
            ("Gateway tokens", "key", "access_gatewaytoken"),
        ),
    ),
    (
        "People",
        (
            ("Users", "person", "access_user"),
            ("Roles", "badge", "auth_group"),
            ("Merchants", "storefront", "access_merchant"),
            ("API keys", "vpn_key", "access_apikey"),
        ),
    ),
    (
        "Control",
        (
            ("Audit trail", "history_edu", "access_auditentry"),
            ("Scheduled tasks", "schedule", "django_celery_beat_periodictask"),
        ),
    ),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Unfold's SIDEBAR navigation, with a count where something waits for a human."""
    here = _present(request.path)
    groups = [(title, [_item(request, here, *item) for item in items if _may_see(request, item[2])]) for title, items in _MENU]
    return [{"title": title, "separator": bool(title), "items": items} for title, items in groups if items]


def environment(request: HttpRequest) -> list[str]:
    """A label that keeps a demo from being taken for the real books."""
    return [settings.BURSAR_ENV.capitalize(), "info"]


def icon_of(model_name: str) -> str:
    """The sign that the menu has for a list; `model_name` as in `payments_payment`."""
    return next((icon for _, items in _MENU for _, icon, listed in items if listed == model_name), "search")


def open_exceptions() -> int:
    """How many exceptions are open, counted no further than MANY."""
    return ExceptionItem.objects.filter(status=ExceptionItem.Status.OPEN).order_by()[:MANY].count()


def waiting_approvals(request: HttpRequest) -> int:
    """How many requests this user may decide, counted no further than MANY; nobody else is asked to look."""
    if not request.user.has_perm("access.approve"):
        return 0
    others = Approval.objects.waiting(timezone.now()).exclude(requester=request.user.actor)  # type: ignore[union-attr] # staff are users
    return others.order_by()[:MANY].count()


def _item(request: HttpRequest, here: str, title: str, icon: str, model: str) -> dict[str, Any]:
    url = _url(model)
    item: dict[str, Any] = {"title": title, "icon": icon, "link": url, "active": url == here}
    if waiting := _waiting(request, model):
        item |= {"badge": f"{waiting}" if waiting < MANY else f"{MANY}+"}
    return item


def _present(path: str) -> str:
    """The entry whose page, or a page under it, this is; the nearest where several are."""
    urls = [_url(model) for _, items in _MENU for _, _, model in items if model]
    return max((url for url in urls if path.startswith(url)), key=len, default=path if path == reverse("admin:index") else "")


@cache
def _url(model: str) -> str:
    """`ledger_account` is a list, `ledger_account:trial_balance` a page beside it."""
    if not model:
        return reverse("admin:index")
    return reverse(f"admin:{model.replace(':', '_')}" if ":" in model else f"admin:{model}_changelist")


def _waiting(request: HttpRequest, model: str) -> int:
    """What stands in a list and waits for this user."""
    if model == "access_approval":
        return waiting_approvals(request)
    return open_exceptions() if model == "core_exceptionitem" else 0


def _may_see(request: HttpRequest, model: str) -> bool:
    if not model:
        return True
    app, _, name = model.partition(":")[0].rpartition("_")
    return request.user.has_perm(f"{app}.view_{name}")
