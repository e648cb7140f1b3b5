"""What the ledger refuses, and the one thing it may have to confess."""

from core.errors import BursarError, Invalid, NotFound, Refused


class InvalidAccountCode(Invalid):
    """The code names no kind of account, or a part of it holds characters that codes do not carry."""

    code = "invalid_account_code"


class InvalidTransfer(Invalid):
    """The transfer cannot be booked as it is written."""

    code = "invalid_transfer"


class CurrencyMismatch(Invalid):
    """The account is kept in another currency."""

    code = "currency_mismatch"


class NotAdjustable(Invalid):
    """Money in suspense is allocated, payment by payment; an adjustment does not touch it."""

    code = "not_adjustable"


class UnknownAccount(NotFound):
    """There is no such account."""

    code = "unknown_account"


class UnknownTransfer(NotFound):
    """There is no such transfer."""

    code = "unknown_transfer"


class UnknownHold(NotFound):
    """There is no such hold."""

    code = "unknown_hold"


class AccountConflict(Refused):
    """The account exists with another currency or another owner."""

    code = "account_conflict"


class AccountFrozen(Refused):
    """The account is frozen: only what a gateway reports is booked."""

    code = "account_frozen"


class AccountClosed(Refused):
    """The account is closed: only what a gateway reports is booked."""

    code = "account_closed"


class AccountInUse(Refused):
    """The account still carries money or holds, so it cannot be closed."""

    code = "account_in_use"


class AccountNotGuarded(Refused):
    """Money is only held on accounts that may not fall below zero."""

    code = "account_not_guarded"


class InsufficientFunds(Refused):
    """The account does not have that much available."""

    code = "insufficient_balance"


class ReferenceConflict(Refused):
    """The reference is taken by something else."""

    code = "reference_conflict"


class NotReversible(Refused):
    """A reversal is not reversed: post what should have been instead."""

    code = "not_reversible"


class HoldClosed(Refused):
    """Nothing of the hold is open any more."""

    code = "hold_closed"


class HoldExceeded(Refused):
    """Less than that is open in the hold."""

    code = "hold_exceeded"


class BooksDisagree(BursarError):
    """The ledger's rows contradict each other; nothing was booked."""

    code = "books_disagree"
