"""The menu of the back office, in finance words. What a user may not see is not in it."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from core.models import ExceptionItem

MANY = 100
_MENU: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    ("", (("Overview", "space_dashboard", ""), ("Exceptions", "report", "core_exceptionitem"))),
    (
        "Fees",
        (
            ("Students", "school", "students_student"),
            ("Fees charged", "request_quote", "students_feecharge"),
            ("Payments", "payments", "payments_payment"),
        ),
    ),
    ("Books", (("Accounts", "account_balance_wallet", "ledger_account"), ("Transfers", "swap_horiz", "ledger_transfer"))),
    (
        "Gateways",
        (
            ("Inbound events", "move_to_inbox", "core_inboundevent"),
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
    """Unfold's SIDEBAR navigation, with one count: what waits for a human."""
    groups = [(title, [_item(request, *item) for item in items if _may_see(request, item[2])]) for title, items in _MENU]
    return [{"title": title, "separator": bool(title), "items": items} for title, items in groups if items]


def environment(request: HttpRequest) -> list[str]:
    """A label that keeps a demo from being taken for the real books."""
    return [settings.BURSAR_ENV.capitalize(), "info"]


def open_exceptions() -> int:
    """How many exceptions are open, counted no further than MANY."""
    return ExceptionItem.objects.filter(status=ExceptionItem.Status.OPEN).order_by()[:MANY].count()


def _item(request: HttpRequest, title: str, icon: str, model: str) -> dict[str, Any]:
    url = reverse(f"admin:{model}_changelist") if model else reverse("admin:index")
    item: dict[str, Any] = {"title": title, "icon": icon, "link": url}
    item["active"] = request.path == url if not model else request.path.startswith(url)
    if model == "core_exceptionitem" and (waiting := open_exceptions()):
        item |= {"badge": f"{waiting}" if waiting < MANY else f"{MANY}+"}
    return item


def _may_see(request: HttpRequest, model: str) -> bool:
    if not model:
        return True
    app, _, name = model.rpartition("_")
    return request.user.has_perm(f"{app}.view_{name}")
