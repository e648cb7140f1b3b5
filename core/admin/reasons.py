"""What each reason code says to staff: a heading, and what happened. A code without a row is read as it is spelled."""

from typing import NamedTuple


class Told(NamedTuple):
    heading: str
    sentence: str


_TABLE = {
    "unknown_account": Told(
        "Nobody's account",
        "Money came for an account that we do not have, or that is closed. It is in suspense until someone says whose it is.",
    ),
    "unknown_payment": Told(
        "A payment we never asked for",
        "The gateway speaks of a reference that no payment of ours has, and names no account. Nothing is booked.",
    ),
    "another_amount": Told(
        "Another amount",
        "The gateway names an amount that contradicts the one known under this reference. What was booked stands.",
    ),
    "another_currency": Told(
        "Another currency",
        "The gateway speaks of a currency in which this payment or its owner's account is not kept. Nothing of it is booked.",
    ),
    "another_owner": Told(
        "Another owner",
        "The same reference was sent before, for someone else. What was booked stands; nothing is booked for the other.",
    ),
    "receipt_of_another": Told(
        "Another payment's receipt",
        "The receipt is booked for one payment, and the gateway now names it for another. What was booked stands.",
    ),
    "ambiguous_receipt": Told(
        "A receipt that fits several prompts",
        "Several open prompts have the receipt's account and amount. Nothing was guessed, and nothing is booked.",
    ),
    "perhaps_booked_already": Told(
        "Perhaps booked already",
        "A prompt was paid, says the gateway without naming a receipt. A receipt of the same account and amount is booked as a "
        "payment of its own, and may be the same money. Nothing is booked for the prompt; look into the gateway's statement.",
    ),
    "account_under_review": Told(
        "Account under review",
        "Money came for a student who is not active, or an account that staff look at. It is booked to that account.",
    ),
    "account_frozen": Told("Frozen account", "Money came for an account that is frozen. It is booked to that account."),
    "account_closed": Told(
        "Closed account", "The account was closed between two parts of one payment. The money is booked to it all the same."
    ),
    "overpaid": Told("More than asked for", "More money came than was asked for. The rest is the owner's credit."),
    "second_receipt": Told(
        "A second receipt", "Two receipts came for one prompt. The second is new money, and is booked like the first."
    ),
    "order_paid_already": Told(
        "The order was paid already",
        "Another payment had paid the order before. This money is in suspense, to go back to its payer.",
    ),
    "less_than_the_order": Told(
        "Less than the order asks for",
        "A payer sent less than the order asks for. It is the merchant's; the order stays unpaid until the rest comes.",
    ),
    "more_than_the_order": Told(
        "More than the order asks for", "What is beyond the order is in suspense, to go back to its payer. The order is paid."
    ),
    "outcome_unknown": Told(
        "Nobody knows how it ended",
        "The gateway was asked again and again and never said whether the payment succeeded. Nothing is booked unless it does.",
    ),
    "failed_after_success": Told(
        "Failed after it succeeded",
        "The gateway reported money, which was booked, and now says that the payment failed, or that the money went back to its "
        "payer. The booking stands until staff decide.",
    ),
    "claim_unconfirmed": Told(
        "Claimed, never confirmed",
        "A webhook claims money that the gateway, asked again and again, does not confirm. Nothing of the difference is booked.",
    ),
    "our_code_failed": Told(
        "Our own code failed",
        "The message is authentic and stored, and our code broke on it. Nothing of it is booked; replay it after the fix.",
    ),
    "not_yet_handled": Told(
        "Not handled yet",
        "The gateway speaks of a refund, a payout, a settlement or a reversal. The message is stored whole, and can be replayed.",
    ),
    "unclaimed_money": Told(
        "Money that lies at the gateway",
        "A payer's money came to the gateway, and no payment has taken it all. Nothing of it is booked; see there whose it is.",
    ),
    "unknown_word": Told(
        "A word outside the contract", "The gateway used a status or method that its contract does not know. Nothing is booked."
    ),
    "bad_amount": Told("No usable amount", "The amount is missing, or is no number. Nothing is booked."),
    "bad_student": Told("No usable student", "What stands for the student can't be anyone's id. Nothing is booked."),
    "bad_reference": Told("No usable reference", "The gateway's own reference is missing or unreadable. Nothing is booked."),
    "bad_shape": Told(
        "A message without its payment", "What a message of this kind is about is missing from it. Nothing is booked."
    ),
    "bad_result_code": Told("No usable result", "The gateway's result code is neither a number nor a text. Nothing is booked."),
    "no_such_status": Told(
        "A state that nothing follows from", "The gateway told of a transaction state that settles nothing. Nothing is booked."
    ),
    "success_without_receipt": Told(
        "A success without a receipt", "The gateway says that the payer has paid, but neither how much nor under which receipt."
    ),
    "another_till": Told("Another till", "The message is about a till or paybill that is none of ours. Nothing is booked."),
    "another_account": Told(
        "Another account at the gateway", "The message is about an account that is connected to ours there. Nothing is booked."
    ),
    "another_mode": Told(
        "Test and live mixed up", "A test message came to the live door, or a live one to a test. Nothing is booked."
    ),
    "currency_not_taken": Told(
        "A currency not taken", "The gateway named a currency in which it takes nothing for us. Nothing is booked."
    ),
    "unknown_token": Told("An unknown token", "The card's token is missing, or none that the gateway knows. Nothing is booked."),
    "acknowledgement_not_taken": Told(
        "The acknowledgement was not taken",
        "The gateway waits for our word that we accept this payment, and does not take it. It may give the money back.",
    ),
    "another_prompt": Told("Another prompt", "The message is about a prompt that is not the one it came for. Nothing is booked."),
    "amount_too_small": Told("Too small an amount", "The gateway takes nothing so small. Nothing is booked."),
    "method_not_taken": Told(
        "A method not taken", "The gateway does not take money in the way that was asked for. Nothing is booked."
    ),
    "inexact_amount": Told(
        "A fraction of a cent", "The amount is no whole number of the currency's smallest unit. Nothing is booked."
    ),
    "amount_out_of_range": Told(
        "An impossible amount", "The amount is below zero, or larger than the books carry. Nothing is booked."
    ),
    "unknown_currency": Told("An unknown currency", "The gateway named a currency that is not in use. Nothing is booked."),
    "stray_rows": Told(
        "Rows outside their month",
        "Rows were written into a month that has no partition: a clock is wrong, or beat has not run for long. Nothing is lost.",
    ),
}
KINDS = {
    "suspense": "Money came, and its owner is not known. It is booked to suspense until staff allocate it.",
    "quarantine": "A gateway's message is stored and nothing of it is booked, because it can't be trusted as it stands.",
    "conflict": "A gateway's message contradicts what is booked. The books were not changed.",
    "poison": "Our own code failed on a gateway's message. It is stored, and can be replayed once the fault is mended.",
    "flag": "The money is booked. Someone should see whether that is as it should be.",
}


def heading_of(reason: str) -> str:
    """`another_amount` is `Another amount`."""
    words = reason.replace("_", " ")
    return _TABLE[reason].heading if reason in _TABLE else words[:1].upper() + words[1:]


def sentence_of(reason: str, kind: str = "") -> str:
    """What happened; for a code without a row what its kind means."""
    return _TABLE[reason].sentence if reason in _TABLE else KINDS.get(kind, "")


def is_told(reason: str) -> bool:
    return reason in _TABLE
