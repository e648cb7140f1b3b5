"""Who may reach which orders and payments: a merchant its own, a user what they started, a browser the one order it holds."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from rest_framework.request import Request

from access.api.authentication import Authenticator, MerchantKey, PersonalKey, UserToken
from access.api.views import CallerView
from access.callers import Caller
from access.errors import TwoCredentials, UnknownMerchant
from access.models import Merchant, Scope, User
from core.errors import Unauthenticated
from core.ids import parse_public_id
from ledger.models import Account
from payments.errors import UnknownOrder, UnknownPayment
from payments.models import Order, Payment, PaymentRequest
from payments.services.ordering import by_client_secret

CLIENT_SCOPES = frozenset({str(Scope.ORDERS_READ), str(Scope.PAYMENTS_READ), str(Scope.PAYMENTS_WRITE)})


class ClientSecret(Authenticator):
    """`X-Client-Secret: order_secret_…`, of a payer's browser: it may read that order and pay it, nothing else."""

    kind = "client"
    schemes = {"clientSecret": {"type": "apiKey", "in": "header", "name": "X-Client-Secret", "description": "Of one order."}}

    def authenticate(self, request: Request) -> tuple[User | AnonymousUser, Caller] | None:
        secret = request.headers.get("X-Client-Secret", "")
        if not secret:
            return None
        if request.headers.get("Authorization") or request.headers.get("X-Api-Key"):
            raise TwoCredentials
        try:
            order = by_client_secret(secret)
        except UnknownOrder:
            raise Unauthenticated from None
        request.client_order = order  # type: ignore[attr-defined]
        return AnonymousUser(), Caller(f"order:{order.id}", CLIENT_SCOPES)


class PayerView(CallerView):
    """A view that payers' browsers reach too. Another's things are not found."""

    authentication_classes = [ClientSecret, UserToken, MerchantKey, PersonalKey]
    scopes: ClassVar[Mapping[str, str]] = {}

    def orders(self, request: Request) -> QuerySet[Order]:
        """The orders that the caller may see."""
        held = getattr(request, "client_order", None)
        if held is not None:
            return Order.objects.filter(pk=held.pk)
        merchant = self.merchant_or_none(request)
        return Order.objects.filter(merchant=merchant) if merchant else Order.objects.none()

    def payments(self, request: Request) -> QuerySet[Payment]:
        """The payments that the caller may see."""
        held = getattr(request, "client_order", None)
        if held is not None:
            return Payment.objects.filter(order_id=held.pk)
        caller = self.caller(request)
        if caller.merchant is not None:
            return of_merchant(caller.merchant)
        started = PaymentRequest.objects.filter(caller=caller.actor).values("payment_id")
        return Payment.objects.filter(pk__in=started)

    def order(self, request: Request, order_id: str) -> Order:
        """Raises MalformedId, UnknownOrder."""
        order = self.orders(request).filter(pk=parse_public_id("order", order_id)).first()
        if order is None:
            raise UnknownOrder
        return order

    def payment(self, request: Request, payment_id: str) -> Payment:
        """Raises MalformedId, UnknownPayment."""
        payment = self.payments(request).filter(pk=parse_public_id("pay", payment_id)).first()
        if payment is None:
            raise UnknownPayment
        return payment

    def merchant_or_none(self, request: Request) -> Merchant | None:
        """The merchant the caller acts for, if any."""
        try:
            return self.caller(request).acting_merchant()
        except UnknownMerchant:
            return None


def of_merchant(merchant: Merchant) -> QuerySet[Payment]:
    """The payments of a merchant's orders, those included whose money is in suspense."""
    codes = list(Account.objects.filter(owner=merchant.actor).values_list("code", flat=True))
    return Payment.objects.filter(order_id__isnull=False, named_account__in=codes)


def seen_by(request: Request) -> dict[str, Any]:
    """What serializers need to know of who looks: only a merchant sees its order's client secret."""
    caller = request.auth
    return {"is_merchant": isinstance(caller, Caller) and not caller.actor.startswith("order:")}
