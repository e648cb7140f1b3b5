"""The field in which staff name an account: by a student's id, name or phone, or by its code. It offers what fits."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.http import urlencode

from core.admin import names, owners
from core.errors import BursarError
from core.money import money
from ledger import chart
from ledger.models import Account

MOST = 8
SHORTEST = 2
LONGEST = 200
WORDS = ("student", "merchant", "wallet", "user")


class AccountInput(forms.TextInput):
    """A combobox (`account_field.js`); without the script it is a plain field, and what fits is told after the form was sent."""

    is_combobox = True

    def __init__(self, *, owned: bool) -> None:
        self.owned = owned
        super().__init__(
            {
                "role": "combobox",
                "aria-autocomplete": "list",
                "aria-expanded": "false",
                "autocomplete": "off",
                "spellcheck": "false",
            }
        )

    @property
    def find_url(self) -> str:
        return f"{reverse('admin:ledger_account_find')}?{urlencode({'owned': '1' if self.owned else '', 'q': ''})}"


class AccountField(forms.CharField):
    """Cleaned to the code of an account. `system` says that the school's own will do, also one that was never used.

    What fits several accounts is refused, and `offered` names them.
    """

    def __init__(self, *, system: bool = False, **kwargs: Any) -> None:
        self.system = system
        super().__init__(max_length=LONGEST, widget=AccountInput(owned=not system), **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return self._code(text) if text else text

    def _code(self, text: str) -> str:
        found = find_accounts(text, owned=not self.system)
        exact = [account for account in found if account.code == text]
        if len(exact or found) == 1:
            return str((exact or found)[0].code)
        if self.system and _may_open(text):
            return text
        if not found:
            raise ValidationError("No account goes by that: try a student's id, name or phone, or an account's code.")
        offered = ", ".join(account.code for account in found[:4])
        raise ValidationError(f"{len(found)} accounts or more fit that: {offered}. Say which, by its code.")


def find_accounts(term: str, *, owned: bool = False) -> list[Any]:
    """The MOST likeliest, each by an index: the code itself, an owner's id, then whoever has this name or phone number."""
    term = term.strip().replace("\0", "")
    if len(term) < SHORTEST:
        return []
    exact = [f"{word}:{identity}" for word in WORDS for identity in (term, term.upper())]
    accounts = Account.objects.exclude(owner="") if owned else Account.objects.all()
    found = list(accounts.filter(code=term).with_balance()) or list(_of(accounts, [*exact, term]))
    return found or list(_of(accounts, owners.called(term).owners))


def offers(request: HttpRequest) -> JsonResponse:
    """What fits what was typed so far: `{"accounts": [{code, name, note}]}`."""
    found = find_accounts(request.GET.get("q", "")[:LONGEST], owned=request.GET.get("owned") == "1")
    called = names.names_of({account.owner for account in found})
    return JsonResponse(
        {
            "accounts": [
                {
                    "code": account.code,
                    "name": called.get(account.owner, ""),
                    "note": f"{_sense(account)} {money(abs(account.posted_minor), account.currency)}{_state(account)}",
                }
                for account in found
            ]
        }
    )


def _of(accounts: Any, wanted: list[str]) -> Any:
    return accounts.filter(owner__in=wanted).exclude(owner="").order_by("code").with_balance()[:MOST] if wanted else []


def _may_open(code: str) -> bool:
    try:
        return chart.plan(code).system
    except BursarError:
        return False


def _sense(account: Any) -> str:
    if account.owner.startswith("student:"):
        return "owes" if account.posted_minor >= 0 else "in credit"
    return "holds" if account.posted_minor >= 0 else "below zero by"


def _state(account: Account) -> str:
    return "" if account.state == Account.State.OPEN else f" · {account.get_state_display().lower()}"
