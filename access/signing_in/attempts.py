"""How often one may try to sign in. Every attempt counts before anything is looked at, the right ones too.

A stranger who tries a colleague's account locks it for their own address. Only attempts from many addresses lock it for all, and
then not in a browser where the colleague signed in before: that one is counted by itself. Windows are short and simply end.
An unknown account is counted and answered as a known one is.
"""

from typing import NamedTuple

from django.http import HttpRequest

from access.models import User
from access.services import audit
from access.signing_in import known_browsers
from core.errors import TooMany
from core.limits import spend
from core.peers import address_of, network_of


class Rule(NamedTuple):
    """What is counted, and how much of it may come in a window. `group` is the name that metrics and the audit trail know."""

    group: str
    key: str
    rate: str


class Locked(TooMany):
    """Too many attempts; wait before the next one."""


def count_password(request: HttpRequest, account: str) -> None:
    """One more attempt at an account's password. Raises Locked, and LimiterAway when nothing can be counted."""
    here = network_of(address_of(request))
    if browser := known_browsers.mark_of(request, account):
        rules = [Rule("sign_in:known_browser", browser, "20/5m")]
    else:
        rules = [
            Rule("sign_in:address", here, "100/5m"),
            Rule("sign_in:account_here", f"{account} {here}", "10/5m"),
            Rule("sign_in:account", account, "50/5m"),
        ]
    _count(request, rules, account)


def count_code(request: HttpRequest, user: User) -> None:
    """One more attempt at a second factor, by someone who knows the password. Raises Locked and LimiterAway.

    Who changes a password that a stranger knows has a count of their own from then on.
    """
    whose = known_browsers.mark_of(request, user.email) or f"{user.pk} {user.get_session_auth_hash()}"
    _count(request, [Rule("sign_in:code", whose, "5/5m"), Rule("sign_in:code_daily", whose, "50/d")], user.email)


def count_enrolling(request: HttpRequest, user: User) -> None:
    """One more attempt at the first code of a new authenticator. Nothing can be guessed there, but nothing is without end."""
    _count(request, [Rule("sign_in:enroll", str(user.pk), "20/5m")], user.email)


def count_password_change(request: HttpRequest, user: User) -> None:
    """One more attempt to change a password, which asks for the old one. Raises Locked and LimiterAway."""
    _count(request, [Rule("sign_in:password_change", str(user.pk), "5/5m")], user.email)


def _count(request: HttpRequest, rules: list[Rule], account: str) -> None:
    # The narrow rules stand behind the wide ones: whoever is locked out by the first spends nothing of the next.
    for group, key, rate in rules:
        usage = spend(request, group=group, key=key, rate=rate)
        if usage.just_exceeded:
            _record(request, group, account, usage.limit)
        if usage.exceeded:
            raise Locked(retry_after=usage.seconds_left)


def _record(request: HttpRequest, group: str, account: str, limit: int) -> None:
    """One entry for each lock. What was typed as an account is not kept where it is none: it may be a password."""
    user = User.objects.filter(email=account).first()
    address = f"address:{address_of(request) or 'unknown'}"
    audit.record(
        actor="system:sign_in",
        act="access.lock_sign_in",
        target=user.actor if user else address,
        reason=f"More than {limit} attempts.",
        after={"rule": group, "from": address},
    )
