from students.models.fee_charge import FeeCharge
from students.models.student import Student
from students.models.upload import Upload

__all__ = ["FeeCharge", "Student", "Upload"]
