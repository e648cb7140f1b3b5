"""The chart of accounts: the only place where codes are spelled, and what each code says of its account.

A part of a code is 1 to 50 printable characters without spaces and colons, so the ids of a school (`ADM/2023/001`) fit as they
are. Names that we choose ourselves (gateways, incomes, banks) are lower case.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from core.money import exponent
from ledger.errors import InvalidAccountCode

_LONGEST = 50
_NAME = re.compile(r"[a-z][a-z0-9_]{0,49}", re.ASCII)
_HOT = 8
"""Balance rows of an account that every batch moves, so that batches do not queue behind one row."""


@dataclass(frozen=True, slots=True)
class AccountPlan:
    """What a code says. `currency` is "" where the code does not name it; a `system` account opens itself on first use."""

    kind: str
    currency: str
    guarded: bool = False
    slots: int = 1
    owner: str = ""
    system: bool = False


def fits(identity: str) -> bool:
    """Can this id of a student, wallet or merchant be part of a code?"""
    return (
        0 < len(identity) <= _LONGEST
        and identity.isprintable()
        and " " not in identity
        and ":" not in identity
        and unicodedata.is_normalized("NFC", identity)
    )


def is_name(text: str) -> bool:
    """Can a gateway, an income or a bank go by this name in a code?"""
    return _NAME.fullmatch(text) is not None


def student(student_id: str, currency: str) -> str:
    """What a student owes: a fee debits it, a payment credits it. Raises InvalidAccountCode unless `fits(student_id)`."""
    return f"student:{_identity(student_id)}:{_currency(currency)}"


def wallet(wallet_id: str) -> str:
    """The money a wallet's owner keeps with us."""
    return f"wallet:{_identity(wallet_id)}"


def merchant_payable(merchant_id: str, currency: str) -> str:
    """What we owe a merchant for the sales we collected."""
    return f"merchant:{_identity(merchant_id)}:payable:{_currency(currency)}"


def gateway_clearing(gateway: str, currency: str) -> str:
    """What a gateway has collected for us and not yet paid to the bank."""
    return f"gateway:{_name(gateway)}:clearing:{_currency(currency)}"


def gateway_fees(gateway: str, currency: str) -> str:
    """What a gateway charged us."""
    return f"gateway:{_name(gateway)}:fees:{_currency(currency)}"


def bank(name: str, currency: str) -> str:
    """Money in a bank account of the school."""
    return f"bank:{_name(name)}:{_currency(currency)}"


def income(what: str, currency: str) -> str:
    return f"income:{_name(what)}:{_currency(currency)}"


def expense(what: str, currency: str) -> str:
    return f"expense:{_name(what)}:{_currency(currency)}"


def equity(what: str, currency: str) -> str:
    """What the books began with: `equity("opening", "KES")`."""
    return f"equity:{_name(what)}:{_currency(currency)}"


def suspense(currency: str) -> str:
    """Money that came and whose owner is not known yet."""
    return f"suspense:{_currency(currency)}"


def owed(owner: str, currency: str) -> str:
    """What an owner (`user:…`, `merchant:…`) owes us because a fact was larger than their account could carry."""
    return f"owed:{checked_owner(owner)}:{_currency(currency)}"


def checked_owner(owner: str) -> str:
    """`owner` itself when it is `<word>:<id>`; else InvalidAccountCode."""
    word, _, identity = owner.partition(":")
    _name(word)
    _identity(identity)
    return owner


def owner_of(code: str) -> str:
    """Whose account it is by its code: `student:S004` for `student:S004:KES`, "" for the school's own."""
    return plan(code).owner


@lru_cache(maxsize=4096)
def plan(code: str) -> AccountPlan:
    """What account a code stands for. Raises InvalidAccountCode, or UnknownCurrency for the code's last part."""
    match code.split(":"):
        case ["student", identity, currency]:
            return AccountPlan("asset", _currency(currency), owner=f"student:{_identity(identity)}")
        case ["wallet", identity]:
            return AccountPlan("liability", "", guarded=True, owner=f"wallet:{_identity(identity)}")
        case ["merchant", identity, "payable", currency]:
            return AccountPlan("liability", _currency(currency), owner=f"merchant:{_identity(identity)}")
        case ["gateway", name, "clearing", currency] if _name(name):
            return AccountPlan("asset", _currency(currency), slots=_HOT, system=True)
        case ["gateway", name, "fees", currency] if _name(name):
            return AccountPlan("expense", _currency(currency), slots=_HOT, system=True)
        case ["bank", name, currency] if _name(name):
            return AccountPlan("asset", _currency(currency), slots=_HOT, system=True)
        case [("income" | "expense" | "equity") as kind, name, currency] if _name(name):
            return AccountPlan(kind, _currency(currency), slots=_HOT, system=True)
        case ["suspense", currency]:
            return AccountPlan("liability", _currency(currency), slots=_HOT, system=True)
        case ["owed", word, identity, currency]:
            return AccountPlan("asset", _currency(currency), owner=checked_owner(f"{word}:{identity}"), system=True)
    raise InvalidAccountCode(f"{code[:80]!r} is not in the chart of accounts.")


def _identity(text: str) -> str:
    if not fits(text):
        raise InvalidAccountCode(f"{text[:60]!r} can't be part of an account's code.")
    return text


def _name(text: str) -> str:
    if not is_name(text):
        raise InvalidAccountCode(f"{text[:60]!r} is not a lower-case name of letters, digits and underscores.")
    return text


def _currency(code: str) -> str:
    exponent(code)
    return code
