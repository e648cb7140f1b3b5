"""The roles of staff: which permissions each group holds. `services.roles.apply_roles` makes it so after every migration.

A pattern is `app.codename`, `*` standing for any run of characters; what it names may belong to an app that does not exist yet.
Viewer sees all, officer acts, approver approves. Nobody's role here changes users, keys or gateway tokens: that is a superuser's.
"""

APPS = ["core", "access", "ledger", "payments", "students", "wallets", "refunds", "calls", "reconciliation", "webhooks"]
SEES_ALL = [*(f"{app}.view_*" for app in APPS), "auth.view_group", "django_celery_beat.view_*"]

ROLES: dict[str, list[str]] = {
    "viewer": SEES_ALL,
    "officer": [
        *SEES_ALL,
        "core.read_body",
        "core.replay",
        "core.accept",
        "core.dismiss",
        "core.export",
        "access.save_filter",
        "access.share_filter",
        "access.withdraw",
        "students.enroll",
        "students.charge",
        "students.cancel_fee",
        "students.write_off",
        "payments.allocate",
        "payments.return_for_refund",
        "payments.ask_gateway",
        "payments.route",
        "ledger.adjust",
        "refunds.request",
    ],
    "approver": [
        *SEES_ALL,
        "core.read_body",
        "core.export",
        "access.save_filter",
        "access.share_filter",
        "access.approve",
        "access.withdraw",
        "refunds.approve",
    ],
}
