"""What can be wrong with students, their fees and the files that bring them."""

from core.errors import Invalid, NotFound, Refused, Unreadable


class UnknownStudent(NotFound):
    """There is no such student."""

    code = "unknown_student"


class InvalidStudent(Invalid):
    """The student's facts are not valid."""

    code = "invalid_student"


class StudentConflict(Refused):
    """The id, e-mail or user belongs to another student, or to this one with other facts."""

    code = "student_conflict"


class InvalidFee(Invalid):
    """The fee is not valid."""

    code = "invalid_fee"


class FeeConflict(Refused):
    """The reference is taken by another fee."""

    code = "fee_conflict"


class UnknownFee(NotFound):
    """There is no such fee."""

    code = "unknown_fee"


class MoreThanOwed(Refused):
    """That is more than the student owes."""

    code = "more_than_owed"


class UnreadableFile(Unreadable):
    """The file cannot be read as the table it should be."""

    code = "unreadable_file"


class ImportRefused(Invalid):
    """Some rows of the file are not right, so none was taken."""

    code = "import_refused"


class UnknownUpload(NotFound):
    """There is no such file, or it is not the caller's."""

    code = "unknown_upload"


class ImportOutdated(Refused):
    """What this file would do has changed since you looked: look at it again."""

    code = "import_outdated"
