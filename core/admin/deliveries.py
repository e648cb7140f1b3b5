"""What the deliveries of gateways are called on pages, by the kind of door they came through."""

_NAMES = {
    "stk": "prompt's result",
    "c2b_confirmation": "till's confirmation",
    "b2c_result": "payout's result",
    "b2c_timeout": "payout's timeout",
    "reversal_result": "reversal's result",
    "reversal_timeout": "reversal's timeout",
    "status_result": "question's answer",
    "status_timeout": "question's timeout",
    "tingg": "checkout's callback",
}


def name_of(kind: str) -> str:
    """`stk/01a2…` → `prompt's result`. A kind without a name is read as it is spelled."""
    door = kind.partition("/")[0]
    return _NAMES.get(door, door.replace("_", " "))


def one_of(kind: str) -> str:
    """`event` → `an event`."""
    name = name_of(kind)
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
