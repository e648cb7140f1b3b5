"""What can't be done about an inbound event."""

from core.errors import Refused


class NothingToReplay(Refused):
    """It was sent in again already, and waits to be decided."""

    code = "nothing_to_replay"
