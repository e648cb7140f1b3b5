"""`manage.py import_students FILE`: shows what a CSV file of students would do; with --apply does it, all or nothing."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import BursarError
from students.services.student_import import StudentPlan, apply_students, plan_students
from students.services.table import bounded_bytes


class Command(BaseCommand):
    help = "Enroll the students of a CSV file. Without --apply nothing is changed: it only says what would be."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--apply", action="store_true", help="Enroll them, all or none.")
        parser.add_argument("--actor", default="system:manage.py", help="Who answers for it: user:…")
        parser.add_argument("--reason", default="", help="Why; the file's name unless said.")

    def handle(self, *args: Any, file: Path, actor: str, reason: str, **options: Any) -> None:
        try:
            data = bounded_bytes(file)
            plan = plan_students(data)
            self._show(plan)
            if plan.errors:
                raise CommandError(f"Not right: {len(plan.errors)} cells or rows; nobody can be enrolled.")
            if options["apply"]:
                enrolled = apply_students(data, actor=actor, reason=reason or f"Students of {file.name}")
                self.stdout.write(f"Enrolled {enrolled.new}.")
        except BursarError as refused:
            raise CommandError(refused.detail) from refused

    def _show(self, plan: StudentPlan) -> None:
        for row in plan.rows:
            verdict = "enrolled already" if row.enrolled_already else "enroll"
            new = row.student
            name = f"{new.first_name} {new.last_name}"
            self.stdout.write(f"line {row.line}: {verdict} {new.student_id} {name}, {new.enrollment_status}")
        for line, column, message in plan.errors:
            self.stderr.write(f"line {line}{column and ', ' + column}: {message}")
        already = len(plan.rows) - len(plan.new)
        self.stdout.write(f"{len(plan.new)} to enroll, {already} enrolled already, {len(plan.errors)} wrong.")
