"""How the bank names things, as natural keys, and why it refuses."""

NAME = "bank"
ATTEMPT = "attempt"
"""The bank's `transaction_id`: the number of our attempt to charge, which we chose."""
BANK_REFERENCE = "bank_reference"
"""The bank's own name for the movement. It books: the same one for another payment is a conflict."""

_REASONS = ("insufficient_funds", "invalid_request", "system_unavailable", "timeout")


def reason_of(told: object) -> str:
    """A stable word for the bank's own: `Insufficient funds` and `insufficient_funds` are one."""
    word = str(told or "").strip().lower().replace(" ", "_")
    return word if word in _REASONS else "refused_by_bank"
