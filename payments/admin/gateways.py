"""How the gateways are, which of them takes what, and what staff may do about it."""

from collections.abc import Mapping

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from core.admin import acts, shown
from core.admin.acting import ActingAdmin
from core.admin.acts import Act, Done, Filled, Plan, Said
from core.admin.addresses import has_page
from core.admin.blocks import Facts, Note, Page
from core.admin.read_only import ReadOnlyAdmin
from payments.admin import wording
from payments.models import GatewayState, Payment, PaymentRoute
from payments.routing import ANY, set_open
from payments.services import polling
from payments.services.instructing import ask_soon

TONES: Mapping[str, str] = {"closed": "good", "open": "bad", "half_open": "warn"}


@admin.register(GatewayState)
class GatewayStateAdmin(ReadOnlyAdmin):
    """How gateways have been answering."""

    title = "Gateways"
    in_numbers = ("gateway", "gateways")
    ordering = ("gateway",)
    list_display = ("name_shown", "state", "answered", "failed", "last_error_shown")
    nothing_here = "No gateway was called yet."

    @admin.display(description="Gateway")
    def name_shown(self, state: GatewayState) -> str:
        return wording.gateway(state.gateway)

    @admin.display(description="State")
    def state(self, state: GatewayState) -> SafeString:
        return _circuit(state)

    @admin.display(description="Last answer")
    def answered(self, state: GatewayState) -> SafeString:
        return shown.instant(state.answered_at)

    @admin.display(description="Last failure")
    def failed(self, state: GatewayState) -> SafeString:
        return shown.instant(state.failed_at)

    @admin.display(description="What it was")
    def last_error_shown(self, state: GatewayState) -> SafeString:
        return shown.text(state.last_error)

    def page(self, request: HttpRequest, obj: GatewayState) -> Page:
        open_note = "It failed several times in a row. Nothing is sent before the next try; what waits is not lost."
        facts = [
            ("Failures in a row", shown.text(str(obj.failures))),
            ("Last answer", shown.instant(obj.answered_at)),
            ("Last failure", shown.instant(obj.failed_at)),
            ("Next try", shown.instant(obj.retry_at)),
            ("What it was", shown.text(obj.last_error)),
        ]
        return Page(
            name=wording.gateway(obj.gateway),
            heading=wording.gateway(obj.gateway),
            state=_circuit(obj),
            top=[Note(open_note, "bad")] if obj.circuit == GatewayState.Circuit.OPEN else [],
            main=[],
            side=[Facts("How it has been answering", facts)],
        )


@admin.register(PaymentRoute)
class PaymentRouteAdmin(ActingAdmin):
    """Which gateway takes which method in which currency."""

    key_prefix = "route"
    title = "Routes"
    in_numbers = ("route", "routes")
    list_display = ("method_shown", "currency_shown", "gateway_shown", "state")
    nothing_here = "No gateway takes anything yet."

    @admin.display(description="Method")
    def method_shown(self, route: PaymentRoute) -> str:
        return wording.METHODS.get(route.method, route.method)

    @admin.display(description="Currency")
    def currency_shown(self, route: PaymentRoute) -> str:
        return "Any other" if route.currency == ANY else route.currency

    @admin.display(description="Gateway")
    def gateway_shown(self, route: PaymentRoute) -> str:
        return wording.gateway(route.gateway)

    @admin.display(description="State")
    def state(self, route: PaymentRoute) -> SafeString:
        return _opening(route)

    def label(self, obj: PaymentRoute) -> str:
        return _in_words(obj)

    def subject(self, obj: PaymentRoute) -> str:
        return _in_words(obj)

    def page(self, request: HttpRequest, obj: PaymentRoute) -> Page:
        facts = [
            ("Method", shown.text(self.method_shown(obj))),
            ("Currency", shown.text(self.currency_shown(obj))),
            ("Gateway", shown.text(self.gateway_shown(obj))),
        ]
        return Page(
            name=_in_words(obj),
            heading=_in_words(obj),
            state=_opening(obj),
            doors=self.doors(request, obj),
            main=[],
            side=[Facts("About this route", facts)],
        )


def _circuit(state: GatewayState) -> SafeString:
    return shown.badge(state.get_circuit_display(), TONES[state.circuit])


def _opening(route: PaymentRoute) -> SafeString:
    return shown.badge("Open", "good") if route.is_open else shown.badge("Closed", "warn")


def _in_words(route: PaymentRoute) -> str:
    currency = "any other currency" if route.currency == ANY else route.currency
    return f"{wording.METHODS.get(route.method, route.method)} in {currency} by {wording.gateway(route.gateway)}"


def _plan_opening(request: HttpRequest, route: PaymentRoute, filled: Filled) -> Plan:
    return Plan(f"New payments may go this way again: {_in_words(route)}.", exactly=str(route.is_open))


def _plan_closing(request: HttpRequest, route: PaymentRoute, filled: Filled) -> Plan:
    said = f"No new payment is started this way: {_in_words(route)}. What is under way goes on."
    return Plan(said, exactly=str(route.is_open))


def _open(route: PaymentRoute, filled: Filled, said: Said) -> Done:
    set_open(route_id=route.pk, is_open=True, actor=said.actor, reason=said.reason)
    return Done("The route is open.")


def _close(route: PaymentRoute, filled: Filled, said: Said) -> Done:
    set_open(route_id=route.pk, is_open=False, actor=said.actor, reason=said.reason)
    return Done("The route is closed.")


def _plan_asking(request: HttpRequest, payment: Payment, filled: Filled) -> Plan:
    return Plan(f"Ask {wording.gateway(payment.gateway)} how it stands, and settle what it says.", exactly=payment.status)


def _ask(payment: Payment, filled: Filled, said: Said) -> Done:
    ask_soon(payment_id=payment.pk, actor=said.actor, reason=said.reason)
    return Done(f"{wording.gateway(payment.gateway)} is being asked. Its answer will stand in the timeline in a moment.")


def _is_ours_to_ask(request: HttpRequest, payment: Payment) -> bool:
    return polling.was_asked_for(payment) and polling.can_ask(payment)


acts.add(
    "payments_payment",
    Act(
        "ask",
        "Ask the gateway now",
        "The gateway is asked how this payment stands; whatever it says is settled as if it had told us itself.",
        "payments.ask_gateway",
        _plan_asking,
        _ask,
        fits=_is_ours_to_ask,
    ),
)
acts.add(
    "payments_paymentroute",
    Act(
        "open",
        "Open",
        "Payments may be started this way again.",
        "payments.route",
        _plan_opening,
        _open,
        fits=lambda _, route: not route.is_open,
    ),
)
acts.add(
    "payments_paymentroute",
    Act(
        "close",
        "Close",
        "No new payment is started this way; what is under way goes on.",
        "payments.route",
        _plan_closing,
        _close,
        fits=lambda _, route: bool(route.is_open),
    ),
)
has_page("route", "payments_paymentroute")
