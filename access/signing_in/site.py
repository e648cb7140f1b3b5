"""How a site of Django's admin lets staff in by the pages here."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from access.signing_in import own_pages, pages

_public = [sensitive_post_parameters(), csrf_protect, never_cache, login_not_required]


class SigningIn:
    """Goes before an AdminSite among the bases of a site. Its own pages are the only ones that open to who is not signed in."""

    logout_template = "signing_in/signed_out.html"
    password_change_template = "signing_in/password.html"  # noqa: S105 - no password, a page
    password_change_done_template = "signing_in/password_changed.html"  # noqa: S105 - nor this

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff, with a second factor proved in this session wherever one is asked for."""
        entered: bool = super().has_permission(request)  # type: ignore[misc] # of the AdminSite that this is mixed into
        return entered and (not settings.STAFF_SECOND_FACTOR or getattr(request.user, "otp_device", None) is not None)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [
            path("login/code/", self.enter_code, name="enter_code"),
            path("login/enroll/", self.enroll, name="enroll"),
            path("second-factor/", self.admin_view(self.second_factor), name="second_factor"),  # type: ignore[attr-defined]
            *super().get_urls(),  # type: ignore[misc]
        ]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context: dict[str, Any] = super().each_context(request)  # type: ignore[misc]
        own = {"Change password": "admin:password_change"}
        if settings.STAFF_SECOND_FACTOR:
            own["Second factor"] = "admin:second_factor"
        links = [{"title": title, "link": reverse(name)} for title, name in own.items()]
        return {
            **context,
            "account_links": [*context["account_links"], *links],
            "idle_minutes": settings.SESSION_COOKIE_AGE // 60,
        }

    @method_decorator(_public)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return pages.sign_in(self, request)

    @method_decorator(_public)
    def enter_code(self, request: HttpRequest) -> HttpResponse:
        return pages.enter_code(self, request)

    @method_decorator(_public)
    def enroll(self, request: HttpRequest) -> HttpResponse:
        return pages.set_up(self, request)

    @method_decorator(sensitive_post_parameters())
    def second_factor(self, request: HttpRequest) -> HttpResponse:
        return own_pages.own_second_factor(self, request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        def change() -> HttpResponse:
            return super(SigningIn, self).password_change(request, extra_context)  # type: ignore[misc, no-any-return]

        return own_pages.change_password(self, request, change)
