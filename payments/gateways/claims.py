"""Whom a gateway's fact about a payment speaks of, by what was written on it: our reference, where we asked for the money,
or a student, where somebody made a payment link in the gateway's own dashboard.
"""

from collections.abc import Mapping
from typing import Any

from ledger import chart
from ledger.errors import InvalidAccountCode
from payments.evidence import Key, Unsettleable, reference
from payments.gateways.outbound import OURS

OUR_LABEL, STUDENT_LABEL = "bursar_payment", "student"


def labels(our_reference: str) -> dict[str, str]:
    """What we write on a payment that we ask for."""
    return {OUR_LABEL: our_reference}


def claimed(notes: object, currency: str) -> tuple[tuple[Key, ...], str | None]:
    """(keys, account) by the gateway's metadata or notes, which may be empty, or a list where there are none.

    Raises Unsettleable for a student who can't be one of ours.
    """
    written: Mapping[str, Any] = notes if isinstance(notes, dict) else {}
    if written.get(OUR_LABEL):
        return (Key(OURS, reference(written[OUR_LABEL], OUR_LABEL)),), None
    if not written.get(STUDENT_LABEL):
        return (), None
    try:
        return (), chart.student(str(written[STUDENT_LABEL]), currency)
    except InvalidAccountCode as impossible:
        raise Unsettleable("bad_student", f"student can't be one of ours: {impossible.detail}") from impossible
