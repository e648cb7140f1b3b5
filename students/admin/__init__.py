"""Students and their fees in the back office."""

from students.admin import fee_charges, students

__all__ = ["fee_charges", "students"]
