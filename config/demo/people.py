"""Who lives in the demo world: the five students everyone knows, thirty more, a merchant, and the finance office."""

from decimal import Decimal

from django.conf import settings

from access.models import GatewayToken, Merchant, User
from access.services.api_keys import install_fixed_key
from access.services.gateway_tokens import install_token
from access.services.merchants import create_merchant
from access.services.roles import apply_roles, assign_role
from config.demo.credentials import (
    ADMIN,
    KEY_ID,
    KEY_SECRET,
    MERCHANT_EMAIL,
    MERCHANT_PASSWORD,
    ROLES,
    email_of,
    password_of,
)
from core.money import to_minor
from students.models import Student
from students.services.charging import charge_many
from students.services.enrolling import enroll_many
from students.services.new_fee import NewFee
from students.services.new_student import NewStudent

ACTOR = "system:seed_demo"
REASON = "The demo world."
TERM = "2026/3"
KNOWN = [
    ("S001", "Zawadi", "Imani", "1500000.00"),
    ("S002", "Mohammed", "Ali", "1000000.00"),
    ("S003", "Yusuf", "Ali", "100000.00"),
    ("S004", "Joan", "Zuria", "150000.00"),
    ("S005", "John", "Doe", "100000.00"),
]
_FIRST = ("Amina", "Baraka", "Chebet", "Daudi", "Esther", "Faraji", "Grace", "Hassan", "Imara", "Juma", "Kamau", "Lulu", "Makena")
_LAST = ["Wanjiru", "Odhiambo", "Kiptoo", "Mutua", "Achieng", "Kariuki", "Hamisi", "Chelimo", "Barasa", "Moraa"]


def crowd() -> list[str]:
    """Ids of the students whose payments fill the history."""
    return [f"S{number}" for number in range(101, 131)]


def enroll_everyone() -> None:
    """Students and what they were charged. The five known ones owe exactly what the README says until somebody pays."""
    inactive = {"S002"}
    students = [
        NewStudent(number, first, last, Student.Enrollment.INACTIVE if number in inactive else Student.Enrollment.ACTIVE)
        for number, first, last, _ in KNOWN
    ]
    students += [
        NewStudent(number, _FIRST[index % len(_FIRST)], _LAST[index * 7 % len(_LAST)]) for index, number in enumerate(crowd())
    ]
    enroll_many(students=students, batch="demo", actor=ACTOR, reason=REASON)
    owed = {number: Decimal(major) for number, _, _, major in KNOWN} | {number: Decimal(180_000) for number in crowd()}
    fees = [
        NewFee(number, to_minor(major, settings.SCHOOL_CURRENCY), "Tuition", f"demo-tuition-{number}", TERM)
        for number, major in owed.items()
    ]
    charge_many(fees=fees, batch="demo", actor=ACTOR, reason=REASON)


def appoint_staff() -> None:
    """Viewer, officer, approver and admin. Who is there already stays as they are, with the password they have."""
    apply_roles()
    for role in (*ROLES, ADMIN):
        if not User.objects.filter(email=email_of(role)).exists():
            _appoint(role, email_of(role), password_of(role))


def _appoint(role: str, email: str, password: str) -> None:
    if role == ADMIN:
        User.objects.create_superuser(email, password, full_name="Demo admin")
    else:
        user = User.objects.create_user(email, password, full_name=f"Demo {role}")
        assign_role(user=user, role=role, actor=ACTOR, reason=REASON)


def welcome_merchant() -> None:
    """The merchant whose key and secret the README prints."""
    owner = User.objects.filter(email=MERCHANT_EMAIL).first()
    owner = owner or User.objects.create_user(MERCHANT_EMAIL, MERCHANT_PASSWORD, full_name="Test merchant")
    merchant = Merchant.objects.filter(owner=owner).first() or create_merchant(
        owner=owner, name="Makini Bookshop", email=MERCHANT_EMAIL, actor=ACTOR, reason=REASON
    )
    install_fixed_key(holder=merchant, key_id=KEY_ID, secret=KEY_SECRET, actor=ACTOR, reason=REASON)


def install_gateway_tokens() -> None:
    """Gateways may present what the settings name."""
    if settings.CELLULANT_BEARER_TOKEN:
        install_token(gateway="cellulant", kind=GatewayToken.Kind.BEARER, token=settings.CELLULANT_BEARER_TOKEN)
    if token := settings.GATEWAYS["cellulant"]["callback_token"]:
        install_token(gateway="cellulant", kind=GatewayToken.Kind.PATH, token=token)
    if token := settings.GATEWAYS["mpesa"]["callback_token"]:
        install_token(gateway="mpesa", kind=GatewayToken.Kind.PATH, token=token)
