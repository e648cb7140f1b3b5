"""How many bytes are held of bodies that are not whole yet, which nobody has authenticated: of all senders together.

They are counted apart from what waits for a commit: whoever sends halves must not close the door to those who send a delivery
whole, which is held by nobody before it is authenticated.
"""


class Arriving:
    """Lives in one event loop."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0

    def hold(self, size: int) -> bool:
        """Count so many bytes more; False, and nothing is counted, when that would be more than we are willing to hold."""
        if self._held + size > self._limit:
            return False
        self._held += size
        return True

    def let_go(self, size: int) -> None:
        self._held -= size
