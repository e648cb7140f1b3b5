"""Who may open which address of the back office, and who may act there: the one table. A new address or act without a row fails.

Each row says who may look and who may act (send a POST that is taken for one). Whoever has a page to see may look at it;
`test_permission_matrix` finds the addresses by the resolver and the acts by their registry.
"""

from typing import NamedTuple

EVERYONE = frozenset({"anonymous", "outsider", "halfway", "new", "viewer", "officer", "approver", "admin"})
"""`outsider` is no staff, `halfway` a superuser who has not proved a second factor, `new` is staff without a role."""
STAFF = frozenset({"new", "viewer", "officer", "approver", "admin"})
SEES = STAFF - {"new"}
OFFICE = frozenset({"officer", "admin"})
APPROVES = frozenset({"approver", "admin"})
BOTH = OFFICE | APPROVES
NOBODY: frozenset[str] = frozenset()


class Row(NamedTuple):
    """Roles that may look, and roles that may act."""

    look: frozenset[str]
    act: frozenset[str] = NOBODY


OF_EVERY_MODEL = {
    "changelist": Row(SEES),
    "change": Row(SEES),
    "add": Row(NOBODY),
    "delete": Row(NOBODY),
    "history": Row(NOBODY),
}
ADDRESSES = {
    "index": Row(STAFF),
    "search": Row(STAFF),
    "logout": Row(NOBODY, EVERYONE),
    "password_change": Row(STAFF, STAFF),
    "password_change_done": Row(STAFF),
    "second_factor": Row(NOBODY),  # only where one is asked for; tests/access tries it there
    "login": Row(EVERYONE, EVERYONE),
    "enter_code": Row(EVERYONE, EVERYONE),
    "enroll": Row(EVERYONE, EVERYONE),
    "autocomplete": Row(NOBODY),
    "jsi18n": Row(STAFF),
    "view_on_site": Row(NOBODY),
    "app_list": Row(SEES),
    "access_auditentry_export": Row(NOBODY, BOTH),
    "core_exceptionitem_export": Row(NOBODY, BOTH),
    "core_inboundevent_export": Row(NOBODY, BOTH),
    "ledger_transfer_export": Row(NOBODY, BOTH),
    "payments_payment_export": Row(NOBODY, BOTH),
    "students_student_export": Row(NOBODY, BOTH),
    "access_savedfilter_keep": Row(NOBODY, BOTH),
    "access_savedfilter_remove": Row(NOBODY, BOTH),
    "ledger_account_find": Row(SEES),
    "ledger_account_trial_balance": Row(SEES),
    "ledger_account_trial_balance_export": Row(NOBODY, BOTH),
    "students_student_statement": Row(SEES),
    "students_student_import": Row(OFFICE, OFFICE),
    "students_student_import_confirm": Row(OFFICE, OFFICE),
    "students_feecharge_import": Row(OFFICE, OFFICE),
    "students_feecharge_import_confirm": Row(OFFICE, OFFICE),
}
ACTS = {
    "access_approval approve": Row(APPROVES, APPROVES),
    "access_approval reject": Row(APPROVES, APPROVES),
    "access_approval carry-out": Row(APPROVES, APPROVES),
    "access_approval withdraw": Row(BOTH, BOTH),
    "core_exceptionitem allocate": Row(OFFICE, OFFICE),
    "core_exceptionitem accept": Row(OFFICE, OFFICE),
    "core_exceptionitem return": Row(OFFICE, OFFICE),
    "core_exceptionitem keep": Row(OFFICE, OFFICE),
    "core_exceptionitem replay": Row(OFFICE, OFFICE),
    "core_exceptionitem dismiss": Row(OFFICE, OFFICE),
    "core_inboundevent dismiss": Row(OFFICE, OFFICE),
    "core_inboundevent replay": Row(OFFICE, OFFICE),
    "payments_payment ask": Row(OFFICE, OFFICE),
    "payments_paymentroute open": Row(OFFICE, OFFICE),
    "payments_paymentroute close": Row(OFFICE, OFFICE),
    "students_student charge": Row(OFFICE, OFFICE),
    "students_student write-off": Row(OFFICE, OFFICE),
    "students_feecharge cancel": Row(OFFICE, OFFICE),
    "core_exceptionitem accept many": Row(OFFICE, OFFICE),
    "core_exceptionitem replay many": Row(OFFICE, OFFICE),
    "core_exceptionitem dismiss many": Row(OFFICE, OFFICE),
    "ledger_account adjust none": Row(OFFICE, OFFICE),
    "ledger_transfer adjust none": Row(OFFICE, OFFICE),
}
"""Acts about one thing, about those chosen in a list (many), and about nothing that is there yet (none)."""
OWN_BUSINESS = frozenset({"access_approval withdraw"})
"""For whom it is, and for nobody else whatever the role: so the answer is a no to those whom the table lets in."""
ONLY_LOOKS = frozenset({"index", "search", "app_list", "ledger_account_find"})
"""They answer a POST as if it were a GET, and change nothing."""
