"""The ways to pay: what each asks of the payer, and how that is checked before anything is asked of a gateway.

A method is a row of this registry; a floor above adds its own in `ready()` (wallets: paying by wallet).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import Invalid
from core.money import money
from payments.errors import AmountNotTaken, AmountTooSmall, CurrencyNotTaken
from payments.gateways.mpesa import spellings as mpesa

Checked = tuple[dict[str, str], dict[str, Any]]
"""(details for the gateway, what of them may be shown)"""


@dataclass(frozen=True, slots=True)
class Method:
    """`fields` are what the caller must give, `optional` what it may. `check` raises Invalid by field.

    `at_once` takes the money without asking the payer, who has agreed before.

    An amount is `least` to `most` minor units, and divisible by `multiple_of`; 0 is no such bound.
    """

    name: str
    title: str
    fields: tuple[str, ...]
    check: Callable[[Mapping[str, str]], Checked]
    optional: tuple[str, ...] = ()
    currencies: frozenset[str] | None = None
    least: int = 0
    most: int = 0
    multiple_of: int = 1
    in_words: str = ""
    at_once: bool = False


class UnknownMethod(Invalid):
    """There is no such way to pay."""

    code = "unknown_method"


class MissingDetail(Invalid):
    """The method needs more than was given."""

    code = "missing_detail"


_METHODS: dict[str, Method] = {}


def register(method: Method) -> None:
    """Let payers pay by this method, too."""
    _METHODS[method.name] = method


def methods() -> list[Method]:
    """All there are, in the order of their registration."""
    return list(_METHODS.values())


def checked(name: str, details: Mapping[str, str], currency: str) -> Checked:
    """What a caller gave for a method, checked and in one spelling.

    Raises UnknownMethod, CurrencyNotTaken, MissingDetail, and what the method's own check raises.
    """
    method = _METHODS.get(name)
    if method is None:
        raise UnknownMethod(f"Pay by one of {', '.join(_METHODS)}.", fields={"method": ["is none that there is"]})
    if method.currencies is not None and currency not in method.currencies:
        taken = ", ".join(sorted(method.currencies))
        raise CurrencyNotTaken(f"{method.title} takes {taken} only.", fields={"currency": [f"must be {taken}"]})
    missing = [field for field in method.fields if not details.get(field)]
    if missing:
        raise MissingDetail(fields={field: [f"is needed to pay by {method.title}"] for field in missing})
    strange = [field for field in details if field not in (*method.fields, *method.optional)]
    if strange:
        raise Invalid(fields={field: [f"means nothing to {method.title}"] for field in strange})
    return method.check(details)


def check_amount(name: str, amount_minor: int, currency: str) -> None:
    """Raises AmountTooSmall, and AmountNotTaken for what is too much or no multiple. `name` is a method that there is."""
    method = _METHODS[name]
    least, most, step = (money(bound, currency) for bound in (method.least, method.most, method.multiple_of))
    if amount_minor < method.least:
        raise AmountTooSmall(f"{method.title} takes {least} or more.", fields={"amount": [f"must be at least {method.least}"]})
    if method.most and amount_minor > method.most:
        raise AmountNotTaken(f"{method.title} takes {most} at most.", fields={"amount": [f"must be at most {method.most}"]})
    if amount_minor % method.multiple_of:
        many = f"must be a multiple of {method.multiple_of}"
        raise AmountNotTaken(f"{method.title} takes multiples of {step} only.", fields={"amount": [many]})


def _mpesa(details: Mapping[str, str]) -> Checked:
    number = kenyan_mobile(details["phone_number"])
    return {"phone_number": number}, {"phone_number": f"{number[:5]}•••••{number[-2:]}"}


def _as_given(*shown: str) -> Callable[[Mapping[str, str]], Checked]:
    return lambda details: (dict(details), {name: details[name] for name in shown if name in details})


def kenyan_mobile(text: str) -> str:
    """`0712…`, `712…`, `+254712…` as `254712…`. Raises InvalidPhone for what is no Kenyan mobile."""
    from core.phones import InvalidPhone, e164

    wrong = InvalidPhone("It is no Kenyan mobile number.", fields={"phone_number": ["is no Kenyan mobile number"]})
    try:
        number = e164(text).lstrip("+")
    except InvalidPhone:
        raise wrong from None
    if len(number) != 12 or not number.startswith(("2547", "2541")):
        raise wrong
    return number


def _upi(details: Mapping[str, str]) -> Checked:
    from payments.validating import checked_vpa

    if "vpa" not in details:
        return {}, {}
    vpa = checked_vpa(details["vpa"])
    name, _, handle = vpa.partition("@")
    return {"vpa": vpa}, {"vpa": f"{name[:2]}•••@{handle}"}


def _card(details: Mapping[str, str]) -> Checked:
    from payments.validating import checked_card_token

    return {**details, "card_token": checked_card_token(details["card_token"])}, {}


register(
    Method(
        "mpesa",
        "M-Pesa",
        ("phone_number",),
        _mpesa,
        currencies=frozenset({mpesa.CURRENCY}),
        least=mpesa.LEAST_MINOR,
        most=mpesa.MOST_MINOR,
        multiple_of=mpesa.WHOLE_MINOR,
        in_words="A prompt on the phone, for whole shillings.",
    )
)
register(Method("card", "card", ("card_token",), _card, in_words="A card, tokenized by its gateway.", at_once=True))
register(
    Method("upi", "UPI", (), _upi, optional=("vpa",), currencies=frozenset({"INR"}), in_words="A link, a QR code or a request.")
)
register(
    Method(
        "bank_transfer",
        "bank transfer",
        (),
        _as_given("name"),
        optional=("email", "name", "phone_number"),
        in_words="An account number to pay into.",
    )
)
register(Method("deposit", "bank deposit", (), _as_given(), in_words="A deposit through the school's bank."))
# Wallets on pages of their own, through Stripe; Apple Pay and Google Pay come as card tokens. Currencies are Stripe's:
# https://docs.stripe.com/payments/payment-methods/payment-method-support
_CHINESE = frozenset({"AUD", "CAD", "CNY", "EUR", "GBP", "HKD", "JPY", "NZD", "SGD", "USD"})
for _name, _title, _taken in (
    ("alipay", "Alipay", _CHINESE | {"MYR"}),
    ("wechat_pay", "WeChat Pay", _CHINESE | {"CHF", "DKK", "NOK", "SEK"}),
    ("cashapp", "Cash App Pay", frozenset({"USD"})),
    ("amazon_pay", "Amazon Pay", frozenset({"AUD", "CHF", "DKK", "EUR", "GBP", "HKD", "JPY", "NOK", "NZD", "SEK", "USD", "ZAR"})),
    ("link", "Link", None),
):
    register(Method(_name, _title, (), _as_given(), currencies=_taken, in_words="Confirmed on the wallet's own page."))
