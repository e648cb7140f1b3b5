"""The two questions of signing in. Their fields tell password managers, phones and screen readers what they are."""

from typing import Any

from django import forms
from unfold.widgets import BASE_INPUT_CLASSES

FOCUS = {"x-init": "$nextTick(() => $el.focus())"}
"""Go to this field first. Unfold hides a page until its scripts run, and a hidden field misses the browser's own autofocus."""
_LOOK = " ".join(BASE_INPUT_CLASSES)
_AS_TYPED = {"autocapitalize": "none", "spellcheck": "false"}


class PasswordForm(forms.Form):
    """Who are you? Whatever is wrong is said of both fields together: which of them it was is nobody's business."""

    username = forms.CharField(
        label="Email",
        max_length=254,
        widget=forms.EmailInput(
            attrs={"class": _LOOK, "autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": "Enter your e-mail address."},
    )
    password = forms.CharField(
        label="Password",
        max_length=1024,
        strip=False,
        widget=forms.PasswordInput(attrs={"class": _LOOK, "autocomplete": "current-password"}),
        error_messages={"required": "Enter your password."},
    )

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).lower()


class CodeForm(forms.Form):
    """A code of an authenticator or, where `recovery` is asked for, of the paper. Either is taken in both."""

    code = forms.CharField(max_length=40, error_messages={"required": "Enter the code."})

    def __init__(self, data: Any = None, *, recovery: bool = False, focus: bool = True) -> None:
        super().__init__(data)
        self.fields["code"].label = "Recovery code" if recovery else "Six-digit code"
        hints = {"class": f"{_LOOK} bo-code-field", **_AS_TYPED, **(FOCUS if focus else {})}
        hints |= {"autocomplete": "off"} if recovery else {"autocomplete": "one-time-code", "inputmode": "numeric"}
        self.fields["code"].widget = forms.TextInput(attrs=hints)
