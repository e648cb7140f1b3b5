"""What an act would do, as its service previews it, laid out for a page. The ledger draws the bookings (`panels`: "preview")."""

from django.http import HttpRequest

from access.approvals import Preview
from core.admin import panels
from core.admin.acts import Plan


def plan_of(request: HttpRequest, preview: Preview) -> Plan:
    """The preview as a plan; what it says exactly is its lines."""
    lines = [f"{line.account} {line.debit_minor} {line.credit_minor} {line.currency}" for line in preview.lines]
    return Plan(
        preview.summary,
        panels.about("preview", request, preview),
        preview.warnings,
        preview.needs_approval,
        "\n".join(lines),
        sum(line.debit_minor for line in preview.lines) or None,
    )
