"""Who calls our own API, whichever way they proved it."""

from dataclasses import dataclass, field

from access.errors import UnknownMerchant
from access.models import ApiKey, Merchant, Scope, SignIn, User

EVERY_SCOPE = frozenset(str(scope) for scope in Scope)


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller of one request: `request.auth` of every view that `access.api.views` grounds.

    `actor` names them in audit rows, idempotency keys and quotas. A person who is signed in holds every scope: what is theirs
    decides what they reach. A key holds the scopes it was issued with, and so does whoever signed in with it.
    """

    actor: str
    scopes: frozenset[str] = field(repr=False)
    user: User | None = None
    merchant: Merchant | None = None
    key: ApiKey | None = None

    @classmethod
    def of_sign_in(cls, sign_in: SignIn) -> "Caller":
        user, key = sign_in.user, sign_in.key
        if key is None:
            return cls(user.actor, EVERY_SCOPE, user=user)
        return cls(user.actor, frozenset(key.scopes), user=user, merchant=key.merchant, key=key)

    @classmethod
    def of_key(cls, key: ApiKey) -> "Caller":
        return cls(key.holder.actor, frozenset(key.scopes), user=key.user, merchant=key.merchant, key=key)

    @property
    def is_person(self) -> bool:
        """Did somebody sign in with their password, rather than with a key that may know less than they?"""
        return self.user is not None and self.key is None

    def may(self, scope: str) -> bool:
        return scope in self.scopes

    def acting_merchant(self) -> Merchant:
        """The merchant they act for: the key's own, or the one that the person who is signed in owns. Raises UnknownMerchant."""
        merchant = self.merchant
        if merchant is None and self.is_person:
            merchant = Merchant.objects.filter(owner=self.user, is_active=True).order_by("id").first()
        if merchant is None:
            raise UnknownMerchant
        return merchant
