"""The one tree of errors. A class's docstring is its public message, `code` is a public contract, the family gives the status.

docs/errors.md lists every code; a test holds the two together.
"""

from typing import ClassVar


class BursarError(Exception):
    """Something went wrong on our side."""

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str = "", *, fields: dict[str, list[str]] | None = None) -> None:
        self.detail = detail or (type(self).__doc__ or "").strip()
        self.fields = fields or {}
        super().__init__(self.detail)


class Unreadable(BursarError):
    """The request could not be read."""

    code = "unreadable"
    status = 400
    title = "Bad request"


class Unauthenticated(BursarError):
    """Credentials are missing or wrong."""

    code = "unauthenticated"
    status = 401
    title = "Unauthenticated"


class Forbidden(BursarError):
    """The caller may not do this."""

    code = "forbidden"
    status = 403
    title = "Forbidden"


class NotFound(BursarError):
    """There is no such thing, or it is not the caller's."""

    code = "not_found"
    status = 404
    title = "Not found"


class Refused(BursarError):
    """The present state does not allow this."""

    code = "refused"
    status = 409
    title = "Refused by state"


class Invalid(BursarError):
    """Some fields are not valid."""

    code = "invalid"
    status = 422
    title = "Invalid fields"


class TooMany(BursarError):
    """Too many requests; wait before the next one."""

    code = "rate_limited"
    status = 429
    title = "Too many requests"

    def __init__(self, detail: str = "", *, retry_after: int = 1) -> None:
        self.retry_after = retry_after
        super().__init__(detail)


class Unavailable(BursarError):
    """A service this depends on is away; try again later."""

    code = "unavailable"
    status = 503
    title = "Unavailable"


class MalformedId(NotFound):
    """No such id can exist."""

    code = "malformed_id"


class MalformedCursor(Unreadable):
    """The cursor is not one that this list gave out."""

    code = "malformed_cursor"


class UnknownCurrency(Invalid):
    """The currency is not an ISO-4217 code in use."""

    code = "unknown_currency"


class InexactAmount(Invalid):
    """The amount is not a whole number of the currency's minor units."""

    code = "inexact_amount"


class AmountOutOfRange(Invalid):
    """The amount is negative, zero where it may not be, or larger than the books carry."""

    code = "amount_out_of_range"


class UnknownKey(BursarError):
    """A stored value names an encryption key that is not configured."""

    code = "unknown_encryption_key"


class Tampered(BursarError):
    """A stored secret fails its integrity check."""

    code = "tampered_ciphertext"
