"""One visit to an act's page: what was filled in, what it would do, what stands against it, and at last the doing."""

from typing import Any

from django.db import transaction
from django.forms import Form
from django.http import HttpRequest

from core.admin.acts import Act, Done, Plan, Said
from core.admin.fields import ReasonForm
from core.errors import BursarError, Refused


class LookAgain(Refused):
    """What this would do has changed since you looked: look at it again."""

    code = "look_again"


class Doing:
    """An act's fields stand in the address, so that looking is a GET; the reason, and what was seen, come with the POST."""

    def __init__(self, request: HttpRequest, act: Act, thing: Any) -> None:
        self.act, self.thing, self.request = act, thing, request
        initial = dict(act.initial(request, thing))
        filled = not act.form.base_fields or any(name in request.GET for name in act.form.base_fields)
        self.fields: Form = act.form(request.GET if filled else None, initial=initial)
        self.reason = ReasonForm(request.POST if request.method == "POST" else None)
        self.plan: Plan | None = None
        self.refusal = ""
        self.status = 200
        if filled and self.fields.is_valid():
            self._look()

    def do(self) -> Done | None:
        """Carry it out as it was seen; None when the page has something to say instead.

        What the plan refuses by now is tried all the same: a form that was sent twice gets the same answer twice.
        """
        seen = self.request.POST.get("seen", "")
        if not self.reason.is_valid() or not self.fields.is_bound or not self.fields.is_valid() or not seen:
            self.status = 422 if self.status == 200 else self.status
            return None
        if self.plan is not None and self.plan.seen != seen:
            self._refuse(LookAgain())
            return None
        said = Said(self.request.user.actor, self.reason.cleaned_data["reason"])  # type: ignore[union-attr] # staff are users
        try:
            with transaction.atomic():
                done = self.act.carry_out(self.thing, self.fields.cleaned_data, said)
                if self.plan is not None and done.amount_minor not in {None, self.plan.amount_minor}:
                    raise LookAgain
        except BursarError as refused:
            self._refuse(refused)
            return None
        return done

    @property
    def button(self) -> str:
        return "Ask for approval" if self.plan and self.plan.second_person else self.act.label

    def _look(self) -> None:
        try:
            self.plan = self.act.plan(self.request, self.thing, self.fields.cleaned_data)
        except BursarError as refused:
            self._refuse(refused)

    def _refuse(self, refused: BursarError) -> None:
        """Beside the fields it is about where the error names them, else on top of the page."""
        self.status = refused.status
        told = {name: said for name, said in refused.fields.items() if name in self.fields.fields}
        for name, said in told.items():
            self.fields.add_error(name, said)
        if not told:
            self.refusal = refused.detail
