"""What one person asks for and another decides: the queue, and a page that shows what would be booked now."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from access import approvals
from access.admin import approving
from access.models import Approval
from core.admin import names, panels, shown
from core.admin.acting import ActingAdmin
from core.admin.addresses import has_page, link_to
from core.admin.blocks import Block, Facts, Note, Page
from core.admin.filters import Choice
from core.admin.queues import Queue
from core.errors import BursarError, MalformedId
from core.ids import parse_public_id

STATUS_TONES = {"requested": "warn", "approved": "busy", "executed": "good", "rejected": "bad", "cancelled": "", "expired": ""}
_KIND_WORDS = {
    "payments.allocate": "Allocation",
    "ledger.adjust": "Adjustment",
    "students.write_off": "Write-off",
    "students.cancel_fee": "Cancelled fee",
}


class Standing(Queue):
    title = "status"
    parameter_name = "status"
    options = (*Approval.Status.choices, ("expired", "Expired"))

    @property
    def scans(self) -> bool:  # type: ignore[override] # what waits is found by index, what was decided is never far
        return self.value() not in {Approval.Status.REQUESTED, "all"}

    @property
    def leaves_few(self) -> bool:  # type: ignore[override] # what waits is what people asked for in the last few days
        return self.value() == Approval.Status.REQUESTED

    def narrow(self, rows: "QuerySet[Any]", value: str) -> "QuerySet[Any]":
        now = timezone.now()
        if value == Approval.Status.REQUESTED:
            return rows.waiting(now)  # type: ignore[attr-defined, no-any-return] # the manager's own queryset
        return rows.expired(now) if value == "expired" else rows.filter(status=value)  # type: ignore[attr-defined]


class Whose(Choice):
    title = "asked by"
    parameter_name = "asked"
    options = (("others", "Others"), ("me", "Me"))
    scans = True

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self._me = request.user.actor  # type: ignore[union-attr] # staff are users
        return super().lookups(request, model_admin)

    def narrow(self, rows: "QuerySet[Any]", value: str) -> "QuerySet[Any]":
        return rows.filter(requester=self._me) if value == "me" else rows.exclude(requester=self._me)


@admin.register(Approval)
class ApprovalAdmin(ActingAdmin):
    """What waits for a second person, newest first; who asked sees it stand here, and another decides."""

    key_prefix = "approval"
    list_display = ("asked", "what", "summary_shown", "who", "state", "until")
    list_filter = (Standing, Whose)
    searches = "approval_…"
    nothing_here = "Nothing waits for a second person."

    def find(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        try:
            return rows.filter(pk=parse_public_id("approval", term))
        except MalformedId:
            return rows.none()

    def complete(self, request: HttpRequest, rows: list[Any]) -> None:
        called = names.names_of({row.requester for row in rows})
        for row in rows:
            row.requester_name = called.get(row.requester, row.requester)
            row.is_own = row.requester == request.user.actor  # type: ignore[union-attr] # staff are users

    def subject(self, obj: Approval) -> SafeString:
        asked_by = names.names_of({obj.requester}).get(obj.requester, obj.requester)
        return format_html("<strong>{}</strong>: {}", asked_by, obj.reason)

    def label(self, obj: Approval) -> str:
        return kind_in_words(obj.kind)

    @admin.display(description="Asked")
    def asked(self, approval: Approval) -> SafeString:
        return shown.instant(approval.requested_at)

    @admin.display(description="Kind")
    def what(self, approval: Approval) -> str:
        return kind_in_words(approval.kind)

    @admin.display(description="For")
    def summary_shown(self, approval: Approval) -> SafeString:
        what = shown.link(self.url_of(approval), approval.summary)
        return format_html('<span class="bo-why">{}<small>{}</small></span>', what, approval.reason)

    @admin.display(description="By")
    def who(self, approval: Any) -> str:
        return "You" if approval.is_own else str(approval.requester_name)

    @admin.display(description="Status")
    def state(self, approval: Approval) -> SafeString:
        return state_badge(approval)

    @admin.display(description="Until")
    def until(self, approval: Approval) -> SafeString:
        return shown.instant(approval.expires_at if approval.decided_at is None else None)

    def page(self, request: HttpRequest, obj: Approval) -> Page:
        called = names.names_of({obj.requester, obj.approver or ""})
        return Page(
            name=kind_in_words(obj.kind),
            heading=kind_in_words(obj.kind),
            state=state_badge(obj),
            lead=obj.summary,
            top=_notes(request, obj),
            main=[
                Note(format_html("<strong>{}</strong>: {}", called.get(obj.requester, obj.requester), obj.reason)),
                *_now(request, obj),
            ],
            side=[*_decision(obj, called), Facts("About this request", _facts(obj, called))],
            doors=self.doors(request, obj),
        )


def kind_in_words(kind: str) -> str:
    """`payments.allocate` as staff say it."""
    return _KIND_WORDS.get(kind, kind.rpartition(".")[2].replace("_", " ").capitalize())


def state_badge(approval: Approval) -> SafeString:
    expired = approval.has_expired(timezone.now())
    label = "Expired" if expired else approval.get_status_display()
    return shown.badge(label, STATUS_TONES["expired" if expired else approval.status])


def _notes(request: HttpRequest, approval: Approval) -> list[Block]:
    """What stands against deciding it, in words."""
    if approval.status not in {Approval.Status.REQUESTED, Approval.Status.APPROVED}:
        return []
    if not approvals.is_unaltered(approval):
        return [Note("It is no longer what was asked for: its digest does not fit, and it can't be decided.", "bad")]
    if approval.has_expired(timezone.now()):
        return [Note("Nobody decided in time, so it can't be approved any more. Whoever needs it asks again.", "warn")]
    if approval.requester == request.user.actor:  # type: ignore[union-attr] # staff are users
        return [Note("You asked for this, so another person decides. You may withdraw it.")]
    return []


def _now(request: HttpRequest, approval: Approval) -> list[Block]:
    """What would be booked if it were approved now, or what forbids it by now; nothing once it is decided."""
    if approval.status not in {Approval.Status.REQUESTED, Approval.Status.APPROVED} or approval.has_expired(timezone.now()):
        return []
    try:
        seen = approvals.preview(approval.kind, approval.payload)
    except BursarError as refused:
        return [Note(f"As things are now it can't be done: {refused.detail}", "bad")]
    changed = [Note(f"Since it was asked for, things have changed. Now it reads: {seen.summary}", "warn")]
    warnings = [Note(warning, "warn") for warning in seen.warnings]
    return [*(changed if seen.summary != approval.summary else []), *warnings, *panels.about("preview", request, seen)]


def _decision(approval: Approval, called: dict[str, str]) -> list[Block]:
    if approval.decided_at is None:
        return []
    came = [(name.replace("_", " ").capitalize(), link_to(str(value))) for name, value in (approval.result or {}).items()]
    by = approval.approver or approval.requester
    facts = [
        ("By", names.link_to_person(by, called)),
        ("When", shown.instant(approval.decided_at)),
        ("Why", shown.text(approval.decision_reason)),
        *came,
    ]
    return [Facts("What was decided", facts)]


def _facts(approval: Approval, called: dict[str, str]) -> list[tuple[str, SafeString]]:
    about = [
        (word.capitalize(), link_to(f"student:{value}" if word == "student" else value, value))
        for word, value in approval.payload.items()
        if isinstance(value, str)
    ]
    return [
        ("Asked by", names.link_to_person(approval.requester, called)),
        ("Asked", shown.instant(approval.requested_at)),
        ("Good until", shown.instant(approval.expires_at)),
        *about,
        ("Id", shown.code(approval.public_id)),
        ("SHA-256", shown.code(f"{approval.digest[:16]}…")),
    ]


has_page("approval", "access_approval")
approving.register()
