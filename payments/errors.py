"""What can't be done about a payment."""

from core.errors import Invalid, NotFound, Refused


class UnknownPayment(NotFound):
    """There is no such payment."""

    code = "unknown_payment"


class NotInSuspense(Refused):
    """The payment's money is not in suspense."""

    code = "not_in_suspense"


class NothingReceived(Refused):
    """No money has come for this payment."""

    code = "nothing_received"


class MarkedForReturn(Refused):
    """The payment's money is to be returned to its payer."""

    code = "marked_for_return"


class NotAllocatable(Invalid):
    """Money in suspense is allocated to an account that belongs to someone; what is the school's own takes an adjustment."""

    code = "not_allocatable"
