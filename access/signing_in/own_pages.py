"""What staff do about their own credentials, once they are in: recovery codes, another authenticator, another password."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from access.errors import WrongCode
from access.services import audit
from access.services.second_factor import prove, renew_recovery_codes
from access.signing_in import attempts, pending
from access.signing_in.forms import CodeForm
from access.signing_in.pages import WRONG_CODE, page, paused, recovery_codes
from core.errors import TooMany, Unavailable

FEW = 3


def own_second_factor(site: Any, request: HttpRequest) -> HttpResponse:
    """New recovery codes, or another authenticator; either asks for a code once more. 404 where no second factor is asked for."""
    user: Any = request.user
    if user.otp_device is None:
        raise Http404
    # Nobody comes here to type a code at once, and a screen reader would be taken past what stands above.
    form = CodeForm(request.POST or None, focus=request.method == "POST")
    form.fields["code"].label = "Code"
    form.fields["code"].widget.attrs["inputmode"] = "text"
    if form.is_valid():
        try:
            attempts.count_code(request, user)
            prove(user=user, code=form.cleaned_data["code"])
        except (TooMany, Unavailable) as error:
            return paused(site, request, error)
        except WrongCode:
            form.add_error("code", WRONG_CODE)
        else:
            here = reverse("admin:second_factor")
            if "replace" not in request.POST:
                return recovery_codes(site, request, renew_recovery_codes(user=user), here)
            pending.begin(request, user, here, replacing=True)
            return HttpResponseRedirect(reverse("admin:enroll"))
    left = user.recovery_codes.unused().count()
    facts = {"authenticator": user.otp_device, "left": left, "few": left <= FEW, "crumbs": [("Second factor", "")]}
    return page(site, request, "signing_in/second_factor.html", "Second factor", form=form, **facts)


def change_password(site: Any, request: HttpRequest, change: Callable[[], HttpResponse]) -> HttpResponse:
    """Django's `change`, counted and written to the audit trail. Every other session of this user ends with the old password."""
    user: Any = request.user
    if request.method != "POST":
        return change()
    try:
        attempts.count_password_change(request, user)
    except (TooMany, Unavailable) as error:
        return paused(site, request, error)
    with transaction.atomic():
        response = change()
        if response.status_code == 302:
            audit.record(actor=user.actor, act="access.change_password", target=user.actor, reason="Changed by its owner.")
    return response
