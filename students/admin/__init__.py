"""Students and their fees in the back office."""

from students.admin import fee_acts, fee_charges, students

__all__ = ["fee_acts", "fee_charges", "students"]
