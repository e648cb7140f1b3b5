"""The door to an adjustment: two accounts, an amount, and always a second person."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from access.admin.plans import plan_of
from core.admin import acts
from core.admin.acts import Act, Done, Filled, Plan, Said
from core.admin.addresses import address_of
from core.admin.fields import AmountText
from core.ids import new_id, public_id
from ledger import chart
from ledger.admin.account_field import AccountField
from ledger.models import Account
from ledger.services.adjusting import preview_adjustment, request_adjustment


class AdjustForm(forms.Form):
    """The amount is in the currency of the account that is debited."""

    debit = AccountField(system=True, label="Debit", help_text="An account's code, or a student's id, name or phone.")
    credit = AccountField(system=True, label="Credit", help_text="The other side of it.")
    amount = AmountText(label="Amount", help_text="In the currency of these accounts.")
    reference = forms.CharField(
        label="Reference", max_length=60, help_text="The voucher's number, say. It is good for one adjustment for ever."
    )

    field_order = ("debit", "credit", "amount", "reference")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        debit, amount = cleaned.get("debit"), self.fields["amount"]
        if debit and cleaned.get("credit") == debit:
            self.add_error("credit", "Another account than the one that is debited.")
        if debit and "amount" in cleaned and isinstance(amount, AmountText):
            # Only the account tells how many decimals the amount may have.
            try:
                cleaned["amount"] = amount.minor_in(_currency_of(debit), cleaned["amount"])
            except ValidationError as refused:
                self.add_error("amount", refused)
        return cleaned


def voucher(letter: str) -> str:
    """A reference that nobody has taken: of two forms that are sent twice each is done once."""
    return f"{letter}-{public_id(letter, new_id())[-10:].upper()}"


def _currency_of(code: str) -> str:
    kept = Account.objects.filter(code=code).values_list("currency", flat=True).first()
    return kept or chart.plan(code).currency


def _asked(filled: Filled) -> dict[str, Any]:
    return {
        "debit": filled["debit"],
        "credit": filled["credit"],
        "amount_minor": filled["amount"],
        "reference": filled["reference"],
    }


def _plan(request: HttpRequest, nothing: Any, filled: Filled) -> Plan:
    return plan_of(request, preview_adjustment(**_asked(filled)))


def _ask(nothing: Any, filled: Filled, said: Said) -> Done:
    asked = request_adjustment(**_asked(filled), actor=said.actor, reason=said.reason)
    return Done(f"Asked for: {asked.summary} Nothing is booked before another person approves.", address_of(asked.public_id))


def _initial(request: HttpRequest, nothing: Any) -> Filled:
    return {"reference": voucher("V")}


ADJUST = Act(
    name="adjust",
    label="Adjust",
    explanation="For what no gateway and no fee explains: money moves from one account to another, and two people answer for it.",
    permission="ledger.adjust",
    form=AdjustForm,
    plan=_plan,
    carry_out=_ask,
    initial=_initial,
)
acts.add_for_none("ledger_account", ADJUST)
acts.add_for_none("ledger_transfer", ADJUST)
