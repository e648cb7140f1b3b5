"""What can be wrong with credentials, second factors, roles and the audit trail."""

from core.errors import Invalid, NotFound, Refused, Unauthenticated


class InvalidApiKey(Unauthenticated):
    """The API key is unknown, revoked or expired, its holder is disabled, or its secret is wrong."""

    code = "invalid_api_key"


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


class UnknownRole(Invalid):
    """There is no such role."""

    code = "unknown_role"


class AuditIncomplete(Invalid):
    """An act needs an actor, a target and a reason."""

    code = "audit_incomplete"
