"""What can be wrong with credentials, second factors, roles, approvals and the audit trail."""

from core.errors import Forbidden, Invalid, NotFound, Refused, Unauthenticated, Unreadable


class InvalidApiKey(Unauthenticated):
    """The API key is unknown, revoked or expired, its holder is disabled, or its secret is wrong."""

    code = "invalid_api_key"


class InvalidToken(Unauthenticated):
    """The token is unknown, spent or has expired, or its user may not come in any more: sign in again."""

    code = "invalid_token"


class WrongCredentials(Unauthenticated):
    """The e-mail address, or what was sent with it, is not right."""

    code = "wrong_credentials"


class TwoCredentials(Unreadable):
    """The request carries credentials of two kinds: send one."""

    code = "two_credentials"


class MissingScope(Forbidden):
    """The key does not have the scope that this needs."""

    code = "missing_scope"


class UnknownScope(Invalid):
    """A key of this holder may not have this scope."""

    code = "unknown_scope"


class KeyNotValid(Refused):
    """The key is revoked or expired."""

    code = "key_not_valid"


class KeyAlreadyRotated(Refused):
    """The key has a successor already."""

    code = "key_already_rotated"


class FixedKeyRefused(Refused):
    """A key whose secret is known beforehand is never made in production."""

    code = "fixed_key_refused"


class TwoTokensStand(Refused):
    """Two tokens of this gateway are valid already: revoke one, or wait until the older one has expired."""

    code = "two_tokens_stand"


class UnfitToken(Invalid):
    """A token is 16 to 512 letters, digits or other printable ASCII characters, without spaces."""

    code = "unfit_token"


class UnknownToken(NotFound):
    """There is no such gateway token."""

    code = "unknown_gateway_token"


class WrongCode(Unauthenticated):
    """The code is not right, or it was used before."""

    code = "wrong_code"


class SecondFactorStands(Refused):
    """An authenticator was set up for this user already."""

    code = "second_factor_stands"


class UnknownUser(NotFound):
    """There is no such user."""

    code = "unknown_user"


class UnknownMerchant(NotFound):
    """There is no such merchant."""

    code = "unknown_merchant"


class UnknownApiKey(NotFound):
    """There is no such API key."""

    code = "unknown_api_key"


class EmailTaken(Refused):
    """Somebody has signed up with this e-mail address already."""

    code = "email_taken"


class MerchantExists(Refused):
    """You have a merchant already."""

    code = "merchant_exists"


class UnknownRole(Invalid):
    """There is no such role."""

    code = "unknown_role"


class AuditIncomplete(Invalid):
    """An act needs an actor, a target and a reason."""

    code = "audit_incomplete"


class UnknownApproval(NotFound):
    """There is no such request for approval."""

    code = "unknown_approval"


class UnknownApprovalKind(Invalid):
    """Nothing of this kind can be asked for."""

    code = "unknown_approval_kind"


class MayNotApprove(Forbidden):
    """Only active staff who hold the permission decide this."""

    code = "may_not_approve"


class OwnApproval(Forbidden):
    """Nobody decides what they asked for themselves."""

    code = "own_approval"


class NotTheRequester(Forbidden):
    """Only who asked for it may withdraw it."""

    code = "not_the_requester"


class MayNotWithdraw(Forbidden):
    """Only active staff who hold the permission withdraw what they have asked for."""

    code = "may_not_withdraw"


class ApprovalNeeded(Refused):
    """This is more than one person may do alone: another must approve it."""

    code = "approval_needed"


class InvalidFilter(Invalid):
    """The filter can't be saved so."""

    code = "invalid_filter"


class AlreadyRequested(Refused):
    """Another person has asked for the same already."""

    code = "already_requested"


class ApprovalClosed(Refused):
    """The request is decided, done or withdrawn."""

    code = "approval_closed"


class ApprovalExpired(Refused):
    """The request has expired: ask again."""

    code = "approval_expired"


class ApprovalAltered(Refused):
    """The request is no longer what was asked for."""

    code = "approval_altered"


class ApprovalOutdated(Refused):
    """What would be booked now differs from what was asked for: ask again."""

    code = "approval_outdated"
