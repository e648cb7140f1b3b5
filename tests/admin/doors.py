"""Every address of the back office, as the resolver and the registry of acts know them, with something real behind each."""

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

from django.urls import URLResolver, get_resolver, reverse

from tests.admin.office import pages

READ_THROUGH = {"do", "do_list"}
"""Names behind which acts stand: each act has a row of its own."""


def named_urls() -> set[str]:
    """The names of all addresses under /admin/. Two have none: `<id>/` leads to its page, and the rest is not there."""
    return {name for route, name in _walk(get_resolver().url_patterns) if route.startswith("admin/") and name}


def api_addresses() -> list[str]:
    """Every address of the API, with ids of the office in it; but the gateways' door, which keeps what it refuses."""
    there = pages()
    ids = {"payment": there["payments_payment"].split("/")[4], "order": there["payments_order"].split("/")[4], "student": "S004"}

    def filled(part: re.Match[str]) -> str:
        return next((known for name, known in ids.items() if name in part[1]), "1")

    routes = [route for route, _ in _walk(get_resolver().url_patterns) if route.startswith("api/v1/")]
    return [f"/{re.sub(r'<(?:[^:>]*:)?([^>]*)>', filled, route)}" for route in routes if route != "api/v1/payment/notification"]


def registered_acts() -> dict[str, Any]:
    """`core_exceptionitem accept many` → the act."""
    from config.urls import admin
    from core.admin import acts

    found = {}
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        for kind, offered in (("", acts.on_one(name)), (" many", acts.on_many(name)), (" none", acts.on_none(name))):
            found |= {f"{name} {act}{kind}": known for act, known in offered.items()}
    return found


def addresses(names: Iterable[str], user: Any) -> dict[str, str]:
    """Where each row of the table is, with an object of the office where one is asked for; uploads and filters are `user`'s."""
    there = pages()
    return {name: _address_of(name, user, there) for name in names}


def _address_of(name: str, user: Any, there: dict[str, str]) -> str:
    if " " in name:
        return _act(name, there)
    model, _, kind = name.rpartition("_")
    if kind in {"change", "delete", "history"} and "_" in model:
        return there[model].replace("/change/", f"/{kind}/")
    match name:
        case "students_student_statement":
            return there["students_student"].replace("/change/", "/statement/")
        case "view_on_site":
            return reverse("admin:view_on_site", args=[1, 1])
        case "app_list":
            return "/admin/payments/"
        case "access_savedfilter_keep":
            return f"{reverse('admin:access_savedfilter_keep')}?{urlencode({'status': 'failed', 'list': 'payments_payment'})}"
        case "access_savedfilter_remove":
            return reverse("admin:access_savedfilter_remove", args=[_filter_of(user)])
        case "students_student_import_confirm" | "students_feecharge_import_confirm":
            return reverse(f"admin:{name}", args=[_upload_of(user, "students" if "student_" in name[9:] else "fees")])
    return reverse(f"admin:{name}")


def _walk(patterns: Any, before: str = "") -> Iterator[tuple[str, str | None]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, before + str(pattern.pattern))
        else:
            yield before + str(pattern.pattern), pattern.name


def _act(name: str, there: dict[str, str]) -> str:
    model, act, *kind = name.split(" ")
    if not kind:
        return there[model].replace("/change/", f"/do/{act}/")
    address = reverse(f"admin:{model}_do_list", args=[act])
    chosen = there[model].split("/")[-3]
    return address if kind == ["none"] else f"{address}?{urlencode({'chosen': chosen})}"


def _filter_of(user: Any) -> str:
    from access.models import SavedFilter

    owner = {"owner_id": user.pk} if user else {"owner": _anybody()}
    kept, _ = SavedFilter.objects.get_or_create(**owner, list_name="payments_payment", name="Mine", query="status=failed")
    return kept.public_id


def _upload_of(user: Any, kind: str) -> str:
    from students.services.uploads import keep_upload

    head = "student_id,first_name,last_name" if kind == "students" else "student_id,amount,description,reference"
    row = "S777,New,Student" if kind == "students" else "S004,1.00,Card,M-1"
    actor = user.actor if user else "user:nobody"
    return keep_upload(kind=kind, contents=f"{head}\n{row}\n".encode(), name="matrix.csv", actor=actor).public_id


def _anybody() -> Any:
    from access.models import User

    return User.objects.order_by("pk").first()
