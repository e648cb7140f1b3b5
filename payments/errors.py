"""What can't be done about a payment."""

from core.errors import Invalid, NotFound, Refused, Unavailable


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


class UnknownGateway(Invalid):
    """There is no such gateway, or nothing can be asked of it."""

    code = "unknown_gateway"


class NoRoute(Invalid):
    """No gateway takes this method in this currency."""

    code = "no_route"


class UnknownRoute(NotFound):
    """There is no such route."""

    code = "unknown_route"


class CurrencyNotTaken(Invalid):
    """The method does not take this currency."""

    code = "currency_not_taken"


class AmountTooSmall(Invalid):
    """The amount is below the least that can be paid."""

    code = "amount_too_small"


class AmountNotTaken(Invalid):
    """The method does not take this amount."""

    code = "amount_not_taken"


class UnknownOrder(NotFound):
    """There is no such order."""

    code = "unknown_order"


class OrderPaid(Refused):
    """The order is paid."""

    code = "order_paid"


class OrderClosed(Refused):
    """The order was cancelled, or has expired."""

    code = "order_closed"


class UnknownDestination(Invalid):
    """No account that takes money has this name."""

    code = "unknown_destination"


class NotCapturable(Refused):
    """There is nothing authorized to capture."""

    code = "not_capturable"


class NotCancellable(Refused):
    """The payment can't be cancelled as it stands."""

    code = "not_cancellable"


class NothingToAsk(Refused):
    """Nobody can be asked about this payment."""

    code = "nothing_to_ask"


class GatewayCannot(Refused):
    """The payment's gateway does not offer this."""

    code = "gateway_cannot"


class GatewayTrouble(Unavailable):
    """The gateway did not answer as it should."""

    code = "gateway_unavailable"
    title = "Gateway unavailable"
    permanent = False


class NotSent(GatewayTrouble):
    """The gateway has certainly not acted: it could not be reached, or refused before looking. It may be sent again."""

    code = "gateway_not_reached"


class OutcomeUnknown(GatewayTrouble):
    """The gateway may have acted: no answer came, or none that can be read. Ask how it stands; never repeat."""

    code = "gateway_outcome_unknown"


class Misconfigured(GatewayTrouble):
    """The gateway refuses our credentials. Nothing was done, and nothing will be before somebody mends them."""

    code = "gateway_misconfigured"
    permanent = True
