"""The pages before the back office: password, code, setting up a second factor.

Every answer to a locked-out visitor is 429, every one given without the limiter 503; neither looks at what was entered.
"""

from typing import Any

import django_otp
from django.conf import settings
from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from prometheus_client import Counter

from access.errors import SecondFactorStands, WrongCode
from access.models import Authenticator, User
from access.models.second_factor import provisioning_uri
from access.services import audit
from access.services.second_factor import enroll, prove
from access.signing_in import attempts, known_browsers, pending
from access.signing_in.forms import FOCUS, CodeForm, PasswordForm
from access.signing_in.qr import svg
from core.errors import TooMany, Unavailable
from core.limits import RETRY_WHEN_AWAY, in_words
from core.peers import address_of

SIGN_INS = Counter("bursar_sign_ins", "Answers to whoever tried to sign in", ["answer"])
WRONG_CODE = "That code is not right, or it was used before. Wait for the next one and try again."
WRONG_FIRST_CODE = "That is not the code your app should show now. Is the clock of your phone right?"


def sign_in(site: Any, request: HttpRequest) -> HttpResponse:
    """The password. Right or wrong, known or unknown: the same time, the same words."""
    target = _target(request)
    if request.method != "POST" and site.has_permission(request):
        return HttpResponseRedirect(target)
    form = PasswordForm(request.POST or None)
    if not form.is_bound:
        form.fields["username"].widget.attrs |= FOCUS
    if not form.is_valid():
        return page(site, request, "admin/login.html", "Sign in", form=form, next=target)
    try:
        user = _whose_password(request, form)
    except (TooMany, Unavailable) as error:
        return paused(site, request, error)
    if user is None:
        SIGN_INS.labels("refused").inc()
        form.fields["password"].widget.attrs |= {"aria-describedby": "refused", **FOCUS}
        return page(site, request, "admin/login.html", "Sign in", form=form, next=target, refused=True)
    if not settings.STAFF_SECOND_FACTOR:
        return enter(request, user, None, "password alone", target)
    pending.begin(request, user, target)
    return HttpResponseRedirect(reverse("admin:enter_code" if _is_enrolled(user) else "admin:enroll"))


def enter_code(site: Any, request: HttpRequest) -> HttpResponse:
    """The second factor of someone who has one."""
    known = pending.read(request)
    if known is None or known.replacing:
        return HttpResponseRedirect(reverse("admin:login"))
    recovery = "recovery" in request.GET
    form = CodeForm(request.POST or None, recovery=recovery)
    if form.is_valid():
        try:
            attempts.count_code(request, known.user)
            proof = prove(user=known.user, code=form.cleaned_data["code"])
        except (TooMany, Unavailable) as error:
            return paused(site, request, error)
        except WrongCode:
            SIGN_INS.labels("refused").inc()
            form.add_error("code", WRONG_CODE)
        else:
            return enter(request, known.user, proof.authenticator, proof.by, known.target)
    return page(site, request, "signing_in/code.html", "Second factor", form=form, recovery=recovery, person=known.user)


def set_up(site: Any, request: HttpRequest) -> HttpResponse:
    """A new authenticator, for someone who has none or is about to replace theirs; then the recovery codes, shown once."""
    known = pending.read(request)
    if known is None:
        return HttpResponseRedirect(reverse("admin:login"))
    if not known.replacing and _is_enrolled(known.user):
        return HttpResponseRedirect(reverse("admin:enter_code"))
    # The picture comes first, for eyes and for screen readers; only an answer that was wrong is where one goes on.
    form = CodeForm(request.POST or None, focus=request.method == "POST")
    if form.is_valid():
        try:
            attempts.count_enrolling(request, known.user)
            enrolled = enroll(user=known.user, key=known.key, code=form.cleaned_data["code"], replacing=known.replacing)
        except (TooMany, Unavailable) as error:
            return paused(site, request, error)
        except SecondFactorStands:
            return HttpResponseRedirect(reverse("admin:enter_code"))
        except WrongCode:
            form.add_error("code", WRONG_FIRST_CODE)
        else:
            entered = enter(request, known.user, enrolled.authenticator, "authenticator", known.target)
            response = recovery_codes(site, request, enrolled.recovery_codes, known.target)
            response.cookies.update(entered.cookies)
            return response
    return page(site, request, "signing_in/enroll.html", "Set up your second factor", form=form, **_setup(known))


def enter(request: HttpRequest, user: User, authenticator: Authenticator | None, proved: str, target: str) -> HttpResponse:
    """Sign in, in a session that has nothing of the one before, not even its key."""
    request.session.flush()
    with transaction.atomic():
        auth.login(request, user)
        if authenticator is not None:
            django_otp.login(request, authenticator)
        facts = {"with": proved, "from": f"address:{address_of(request) or 'unknown'}"}
        if proved == "recovery code":
            facts["recovery_codes_left"] = str(user.recovery_codes.unused().count())
        audit.record(actor=user.actor, act="access.sign_in", target=user.actor, reason="Signed in.", after=facts)
    SIGN_INS.labels("entered").inc()
    response = HttpResponseRedirect(target)
    known_browsers.remember(response, user.email)
    return response


def recovery_codes(site: Any, request: HttpRequest, codes: list[str], target: str) -> HttpResponse:
    """The only sight of them: they go into this answer and are kept nowhere."""
    return page(site, request, "signing_in/recovery_codes.html", "Your recovery codes", codes=codes, target=target)


def paused(site: Any, request: HttpRequest, error: TooMany | Unavailable) -> HttpResponse:
    """Locked out for a while, or nobody can be let in: which of the two, and how long."""
    locked = isinstance(error, TooMany)
    SIGN_INS.labels("locked" if locked else "away").inc()
    seconds = error.retry_after if isinstance(error, TooMany) else RETRY_WHEN_AWAY
    title = "Too many attempts" if locked else "Nobody can sign in right now"
    facts = {"error": error, "locked": locked, "wait": in_words(seconds), "again": request.get_full_path()}
    response = page(site, request, "signing_in/paused.html", title, error.status, **facts)
    response["Retry-After"] = str(seconds)
    return response


def page(site: Any, request: HttpRequest, template: str, title: str, status: int = 200, **context: Any) -> HttpResponse:
    """One of the site's pages."""
    return TemplateResponse(request, template, {**site.each_context(request), "title": title, **context}, status=status)


def _whose_password(request: HttpRequest, form: PasswordForm) -> User | None:
    """The member of staff behind an account and its password. Django hashes something for an unknown account, too."""
    account, password = form.cleaned_data["username"], form.cleaned_data["password"]
    attempts.count_password(request, account)
    user = auth.authenticate(request, username=account, password=password)
    return user if isinstance(user, User) and user.is_staff else None


def _is_enrolled(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user).exists())


def _setup(known: pending.Pending) -> dict[str, Any]:
    """What an authenticator is to be told: as a picture, and as letters to be typed in groups of four."""
    uri = provisioning_uri(known.key, issuer=settings.SCHOOL_NAME, account=known.user.email)
    secret = uri.split("secret=")[1].split("&")[0]
    letters = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    qr = svg(uri, label="QR code for your authenticator app")
    return {"qr": qr, "letters": letters, "uri": uri, "person": known.user, "replacing": known.replacing}


def _target(request: HttpRequest) -> str:
    """Where to go afterwards: an address of ours, whatever the link said."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return wanted if ours else reverse("admin:index")
