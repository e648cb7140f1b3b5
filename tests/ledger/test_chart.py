import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BursarError, UnknownCurrency
from ledger import chart
from ledger.errors import InvalidAccountCode
from ledger.models import Account


@pytest.mark.parametrize(
    ("code", "spelled"),
    [
        (chart.student("ADM/2023/001", "KES"), "student:ADM/2023/001:KES"),
        (chart.wallet("01jn7"), "wallet:01jn7"),
        (chart.merchant_payable("m1", "INR"), "merchant:m1:payable:INR"),
        (chart.gateway_clearing("mpesa", "KES"), "gateway:mpesa:clearing:KES"),
        (chart.gateway_fees("stripe", "USD"), "gateway:stripe:fees:USD"),
        (chart.bank("equity", "KES"), "bank:equity:KES"),
        (chart.income("calls", "USD"), "income:calls:USD"),
        (chart.expense("write_offs", "KES"), "expense:write_offs:KES"),
        (chart.equity("opening", "KES"), "equity:opening:KES"),
        (chart.suspense("NGN"), "suspense:NGN"),
        (chart.owed("merchant:m1", "KES"), "owed:merchant:m1:KES"),
    ],
)
def test_codes_are_spelled_here_and_read_here(code: str, spelled: str) -> None:
    assert code == spelled
    assert chart.plan(code).kind in Account.Kind.values


def test_a_code_says_whose_account_it_is() -> None:
    owners = {
        code: chart.owner_of(code)
        for code in ("student:S1:KES", "wallet:w", "merchant:m:payable:KES", "owed:user:a:KES", "suspense:KES")
    }
    assert list(owners.values()) == ["student:S1", "wallet:w", "merchant:m", "user:a", ""]


def test_what_a_wallet_holds_may_not_fall_below_zero_and_the_schools_own_accounts_are_hot() -> None:
    assert chart.plan("wallet:w").guarded
    assert not chart.plan("student:S1:KES").guarded
    assert chart.plan("gateway:mpesa:clearing:KES").slots > 1


@pytest.mark.parametrize("identity", ["", " ", "S 4", "S:4", "S\n", "S\x00", "\ud800", "\u200b", "\u00a0", "e\u0301", "x" * 51])
def test_an_id_that_does_not_fit_is_refused(identity: str) -> None:
    assert not chart.fits(identity)
    with pytest.raises(InvalidAccountCode):
        chart.student(identity, "KES")


def test_a_currency_must_be_one() -> None:
    with pytest.raises(UnknownCurrency):
        chart.student("S004", "kes")


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_by_name(text: str) -> None:
    for code in (text, f"student:{text}:KES", f"owed:{text}:KES", f"income:{text}:KES", f"wallet:{text}"):
        try:
            chart.plan(code)
        except BursarError:
            continue
        assert code.isprintable()


@pytest.mark.django_db
@given(st.text(min_size=1, max_size=50).filter(chart.fits))
def test_every_id_that_fits_makes_a_code_the_database_takes(identity: str) -> None:
    assert Account(code=chart.student(identity, "KES"), kind="asset", currency="KES").validate_constraints() is None
