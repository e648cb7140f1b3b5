"""Who answers a prompt, by phone number; every other phone pays after some seconds.

| phone | what happens |
| --- | --- |
| 254700000001 | insufficient balance (1) |
| 254700000002 | wrong PIN (2001) |
| 254700000003 | the payer refuses (1032) |
| 254700000004 | the phone can't be reached (1037) |
| 254700000005 | the prompt expires (1019) |
| 254700000006 | busy with another prompt (1001) |
| 254700000007 | never answers: no callback, and the query says "being processed" for ever |
| 254700000008 | pays, and the callback never comes; the query knows |
| 254700000009 | pays after twenty minutes: after our payment has expired |
| 254700000010 | a result code that nobody knows (7777) |
| 254700000011 | pays, and the callback names neither receipt nor amount |
| 254700000012 | the same amount too soon again (17) |
| 254700000013 | the system is busy (26) |
| 254700000014 | busy with another prompt, said at once: no prompt is sent (500.001.1001) |
| 254700000015 | the PIN is locked (8006) |
"""

from dataclasses import dataclass

ANSWERS_AFTER, LATE = 8.0, 20 * 60.0
MAGIC = "2547000000"


@dataclass(frozen=True, slots=True)
class Payer:
    """`code` "" never answers. `tells` False loses the callback, `names` False leaves receipt and amount out of it.

    Daraja says of one and the same lock, a prompt that is under way, at once or by callback: `at_once` is the former.
    """

    code: str = "0"
    after: float = ANSWERS_AFTER
    tells: bool = True
    names: bool = True
    at_once: bool = False


_PAYERS = {
    "01": Payer("1"),
    "02": Payer("2001"),
    "03": Payer("1032"),
    "04": Payer("1037"),
    "05": Payer("1019"),
    "06": Payer("1001"),
    "07": Payer(""),
    "08": Payer(tells=False),
    "09": Payer(after=LATE),
    "10": Payer("7777"),
    "11": Payer(names=False),
    "12": Payer("17"),
    "13": Payer("26"),
    "14": Payer("1001", at_once=True),
    "15": Payer("8006"),
}


def payer(phone: str) -> Payer:
    """Who holds this phone."""
    return _PAYERS.get(phone.removeprefix(MAGIC), Payer()) if phone.startswith(MAGIC) else Payer()
