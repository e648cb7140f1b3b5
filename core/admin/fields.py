"""What staff type into forms, read exactly: an amount is a whole number of minor units or it is refused, in words."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from core.errors import BursarError
from core.money import exponent, to_minor

_GROUPED = re.compile(r"\d{1,3}(?:[, ]\d{3})+(?:\.\d*)?", re.ASCII)
_PLAIN = re.compile(r"\d{1,19}(?:\.\d{1,12})?|\.\d{1,12}", re.ASCII)
LONGEST_REASON = 500


class AmountText(forms.CharField):
    """Major units, as `1500`, `1,500.00` or `1 500`, of a currency that another field will say; `minor_in` reads it then."""

    def __init__(self, **kwargs: Any) -> None:
        attributes = {"inputmode": "decimal", "autocomplete": "off", "class": "bo-amount-field"}
        super().__init__(max_length=40, widget=forms.TextInput(attrs=attributes), **kwargs)

    def minor_in(self, currency: str, text: str) -> int:
        """Minor units, more than zero. Raises ValidationError for what is no exact amount of the currency."""
        digits = text.replace(",", "").replace(" ", "") if _GROUPED.fullmatch(text) else text
        try:
            if not _PLAIN.fullmatch(digits):
                raise ValidationError(f"Not an amount: digits, and a point before the cents, as in {_example(currency)}.")
            minor = to_minor(digits, currency)
        except BursarError as refused:
            raise ValidationError(refused.detail) from refused
        if minor == 0:
            raise ValidationError("More than zero.")
        return minor


class AmountField(AmountText):
    """The same of the school's currency, cleaned to minor units."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return self.minor_in(settings.SCHOOL_CURRENCY, text) if text else None


class ReasonForm(forms.Form):
    """Why it is done: asked by every act, kept in the audit trail."""

    reason = forms.CharField(
        label="Reason",
        max_length=LONGEST_REASON,
        help_text="Kept in the audit trail, with your name.",
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": LONGEST_REASON}),
        error_messages={"required": "Say why: every act keeps its reason."},
    )


def _example(currency: str) -> str:
    places = exponent(currency)
    return "1500" + (f".{'0' * places}" if places else "")
