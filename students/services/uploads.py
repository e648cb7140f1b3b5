"""Files from the browser: handed in, looked at, and then taken exactly as they were looked at, once."""

import hashlib
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from students.errors import ImportOutdated, UnknownUpload
from students.models import Upload
from students.services.fee_import import FeePlan, apply_fees, plan_fees
from students.services.student_import import StudentPlan, apply_students, plan_students

Plan = StudentPlan | FeePlan
KEPT = timedelta(days=1)


class Looked(NamedTuple):
    """What a file would do now; `seen` is a short name of all of it, to be sent back with the confirmation."""

    plan: Plan
    seen: str


def keep_upload(*, kind: str, contents: bytes, name: str, actor: str) -> Upload:
    """Keep a file that can be read as a table, right or wrong in its rows, for a day. Raises UnreadableFile."""
    plan = _plan(kind, contents)
    Upload.objects.filter(applied_at=None, created_at__lt=timezone.now() - KEPT).delete()
    printable = "".join(character for character in name if character.isprintable())[:200]
    return Upload.objects.create(kind=kind, contents=contents, digest=plan.digest, name=printable or "a file", uploaded_by=actor)


def look_at(upload: Upload) -> Looked:
    """What would be done if it were confirmed now, changing nothing."""
    if upload.contents is None:
        raise UnknownUpload
    return _look(upload.kind, upload.contents)


@transaction.atomic
def apply_upload(*, upload_id: UUID, seen: str, actor: str, reason: str) -> Upload:
    """Take the file's rows, all or none. One that was taken already is returned as it stands. Locks the upload first.

    Raises UnknownUpload for another's, ImportOutdated when it would no longer do what was seen, and what the import raises.
    """
    upload = Upload.objects.select_for_update(no_key=True).filter(pk=upload_id, uploaded_by=actor).first()
    if upload is None:
        raise UnknownUpload
    if upload.contents is None:
        return upload
    if _look(upload.kind, upload.contents).seen != seen:
        raise ImportOutdated
    apply = apply_students if upload.kind == Upload.Kind.STUDENTS else apply_fees
    upload.finish(taken=apply(upload.contents, actor=actor, reason=reason).new, at=timezone.now())
    return upload


def _plan(kind: str, contents: bytes) -> Plan:
    return plan_students(contents) if kind == Upload.Kind.STUDENTS else plan_fees(contents)


def _look(kind: str, contents: bytes) -> Looked:
    plan = _plan(kind, contents)
    would = f"{plan.digest} {[row.line for row in plan.new]} {plan.errors}"
    return Looked(plan, hashlib.sha256(would.encode()).hexdigest())
