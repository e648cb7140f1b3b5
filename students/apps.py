from django.apps import AppConfig


class StudentsConfig(AppConfig):
    name = "students"

    def ready(self) -> None:
        from access import approvals
        from ledger import verification
        from students.services import cancelling, writing_off

        approvals.register(writing_off.KIND, preview=writing_off.preview_request, execute=writing_off.execute_request)
        approvals.register(cancelling.KIND, preview=cancelling.preview_request, execute=cancelling.execute_request)
        verification.register("fees are what was charged", verification.by_query("students", "verify/fees"))
