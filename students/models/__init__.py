from students.models.fee_charge import FeeCharge
from students.models.student import Student

__all__ = ["FeeCharge", "Student"]
