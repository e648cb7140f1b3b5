from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LedgerConfig(AppConfig):
    name = "ledger"
    verbose_name = "Ledger"

    def ready(self) -> None:
        from access import approvals
        from access.models import Approval, ApprovalLimit
        from ledger import verification
        from ledger.services import adjusting
        from ledger.services.accounts import forget_accounts

        post_migrate.connect(forget_accounts, sender=self)
        approvals.register(adjusting.KIND, preview=adjusting.preview_request, execute=adjusting.execute_request)
        verification.register("what needs a second person had one", verification.by_query("ledger", "verify/approvals"))
        verification.register("guards of approvals are switched on", verification.by_query("ledger", "verify/approval_guards"))
        verification.register("constraints of approvals are in force", verification.by_constraints(Approval, ApprovalLimit))
