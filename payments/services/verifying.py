"""What is proved of payments: that they, their keys, their steps and the ledger's transfers all tell one story."""

from ledger.verification import Check, by_constraints, by_query, register
from payments.models import NaturalKey, Payment, PaymentHistory

KEYS = [("natural_key", "natural_key_pkey"), ("payment", "payment_pkey"), ("payment_history", "payment_history_pkey")]


def register_checks() -> None:
    """Let `ledger verify` prove payments too. Each is one statement, so it sees one point; a few scans of the payments."""
    for name, check in _checks().items():
        register(name, check)


def _checks() -> dict[str, Check]:
    return {
        "keys that booked have their transfers": by_query("payments", "verify/keys"),
        "payments received what was booked": by_query("payments", "verify/received"),
        "payments are settled when money came": by_query("payments", "verify/states"),
        "allocations empty suspense": by_query("payments", "verify/allocations"),
        "paid orders got what they ask for": by_query("payments", "verify/orders"),
        "nothing speaks of what is not there": by_query("payments", "verify/orphans"),
        "payments and keys have no twins": by_query("payments", "verify/twins"),
        "rollups and payments say the same sums": by_query("payments", "verify/rollups"),
        "constraints of payments are in force": by_constraints(Payment, NaturalKey, PaymentHistory, more=KEYS),
        "guards of payments are switched on": by_query("payments", "verify/guards"),
    }
