"""The pages before the back office, and what one does about one's own credentials behind them."""

from collections.abc import Iterator

from tests.browser import doing
from tests.browser.lookers import GRACE, LEAVER
from tests.browser.pictures import Shot

LOGIN, CODE, ENROLL = "/admin/login/", "/admin/login/code/", "/admin/login/enroll/"


def at_the_door() -> Iterator[Shot]:
    yield Shot("sign-in", "", LOGIN)
    yield Shot("sign-in-refused", "", LOGIN, doing.give_wrong_password)
    yield Shot("sign-in-code", "expected", CODE)
    yield Shot("sign-in-code-wrong", "expected", CODE, doing.give_wrong_code)
    yield Shot("sign-in-recovery", "expected", f"{CODE}?recovery")
    yield Shot("sign-in-enroll", "newcomer", ENROLL)
    yield Shot("sign-in-enroll-key", "newcomer", ENROLL, doing.unfold_key)
    yield Shot("second-factor", GRACE, "/admin/second-factor/")
    yield Shot("sign-in-recovery-codes", "replacing", ENROLL, doing.set_up_authenticator)
    yield Shot("sign-in-locked", "", LOGIN, doing.try_too_often)
    yield Shot("signed-out", LEAVER, "/admin/", doing.leave)
    yield Shot("password", "officer", "/admin/password_change/")
    yield Shot("password-refused", "officer", "/admin/password_change/", doing.send_empty)
    yield Shot("password-changed", "officer", "/admin/password_change/done/")
