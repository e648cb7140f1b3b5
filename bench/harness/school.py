"""Students with a fee each, enrolled and charged through the services that staff use. Run inside Django, for a site.

python -m bench.harness.school COUNT INACTIVE FEE_MINOR
"""

import sys

import django

PIECE = 1000


def name_of(number: int) -> str:
    """The id of the n-th student of a bench's school."""
    return f"B{number:05}"


def main(count: int, inactive: int, fee_minor: int) -> None:
    django.setup()
    from students.models import Student
    from students.services.charging import charge_many
    from students.services.enrolling import enroll_many
    from students.services.new_fee import NewFee
    from students.services.new_student import NewStudent

    why = {"actor": "system:bench", "reason": "A school to be paid."}
    for first in range(0, count, PIECE):
        numbers = range(first, min(first + PIECE, count))
        states = (Student.Enrollment.ACTIVE, Student.Enrollment.INACTIVE)
        students = [NewStudent(name_of(n), "Bench", f"Student {n}", states[n < inactive]) for n in numbers]
        enroll_many(students=students, batch=f"bench:{first}", **why)
        fees = [NewFee(name_of(n), fee_minor, "Tuition", f"bench:{name_of(n)}") for n in numbers]
        charge_many(fees=fees, batch=f"bench:{first}", **why)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
