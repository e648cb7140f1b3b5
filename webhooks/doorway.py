"""The short way to the door: uvicorn's protocol, for plain deliveries whose body is there soon, which nearly all are.

An ASGI server makes a task of each request, and wakes it once its commit is through: that costs as much as the door's own work.
A plain POST to a door needs no task. It is handed to the intake when its last byte is read, and answered with one write when
its batch is committed. Everything else goes the ordinary way, through ASGI: other paths, bodies that are long or slow, requests
behind one that is not answered yet, and whatever asks for more of HTTP.
"""

import logging
from asyncio import TimerHandle
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from webhooks.doors import Door, door_at
from webhooks.intake import CUT_OFF, Answer, Intake, Post

logger = logging.getLogger(__name__)
REST_SECONDS = 0.1
"""How long the rest of a body may take on the short way; the patience of the ordinary way begins then."""
LONGEST = 65_536
"""Bytes of a body on the short way: the ordinary way holds senders back when more comes than is read."""


class _Unheard:
    """Stands for the event that wakes a request's task, where there is no task."""

    def set(self) -> None:
        pass


class _OnTheShortWay:
    """A delivery under way, as far as uvicorn's protocol wants to know."""

    __slots__ = ("body", "disconnected", "door", "held", "keep_alive", "more_body", "response_complete", "rest")
    message_event = _Unheard()

    def __init__(self, door: Door) -> None:
        self.door = door
        self.body = b""
        self.rest: TimerHandle | None = None
        self.held = 0
        self.more_body = True
        self.keep_alive = True
        self.disconnected = self.response_complete = False


class Doorway(HttpToolsProtocol):
    """Subclass it with the intake of the process, and name that to uvicorn as `--http`."""

    intake: ClassVar[Intake]
    cycle: Any
    _heads: ClassVar[dict[tuple[int, bool, int], bytes]] = {}
    _heads_of: ClassVar[object] = None

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        delivery = self.cycle
        if type(delivery) is _OnTheShortWay and delivery.more_body and not self.transport.is_closing():
            if len(delivery.body) > LONGEST or not self.intake.arriving.hold(len(delivery.body) - delivery.held):
                self._go_the_ordinary_way()
                return
            delivery.held = len(delivery.body)
            if delivery.rest is None:
                delivery.rest = self.loop.call_later(REST_SECONDS, self._go_the_ordinary_way)

    def eof_received(self) -> bool:  # type: ignore[override] # asyncio asks, uvicorn never answers
        """Who has sent all they will may still listen: at a door the connection stays until they have their answer."""
        under_way = self.cycle
        if under_way is None or under_way.response_complete or self.transport.is_closing():
            return False
        if type(under_way) is not _OnTheShortWay and not (self.scope["method"] == "POST" and door_at(self.scope["path"])):
            return False
        self._go_the_ordinary_way()
        self.cycle.keep_alive = False
        if self.cycle.more_body:
            self.cycle.scope[CUT_OFF] = True
            self.cycle.more_body = False
            self.cycle.message_event.set()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._go_the_ordinary_way()  # which knows what to say of half a body
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self.url, self.headers, self.expect_100_continue = b"", [], False  # and no scope, which the short way does not need

    def on_headers_complete(self) -> None:
        door = self._door()
        if door is None:
            self._begin_the_ordinary_way()
        else:
            self.cycle = _OnTheShortWay(door)

    def on_body(self, body: bytes) -> None:
        if type(self.cycle) is _OnTheShortWay:
            self.cycle.body += body
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        delivery = self.cycle
        if type(delivery) is not _OnTheShortWay:
            super().on_message_complete()
            return
        delivery.more_body = False
        self._wait_no_more(delivery)
        post = Post(delivery.door, dict(self.headers), delivery.body, self.client[0] if self.client else "")
        try:
            self.intake.take(post, lambda answer: self._answer(delivery, answer))
        except Exception:
            logger.exception("a delivery to %s could not be taken", delivery.door.gateway)
            self._answer(delivery, Answer(500, b'{"success":false}', close=True))

    def _door(self) -> Door | None:
        """The door that is knocked at, when nothing speaks against the short way."""
        under_way = self.cycle is not None and not self.cycle.response_complete
        if under_way or self.expect_100_continue or self.flow.write_paused or self.root_path or self.limit_concurrency:
            return None
        parser = self.parser
        if parser.get_method() != b"POST" or not parser.should_keep_alive() or parser.should_upgrade():
            return None
        # Escapes and queries are for ASGI to take apart.
        return door_at(self.url.decode("latin-1")) if self.intake.is_open else None

    def _begin_the_ordinary_way(self) -> None:
        told = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, headers, self.expect_100_continue = told
        self.headers.extend(headers)
        super().on_headers_complete()

    def _go_the_ordinary_way(self) -> None:
        """From here on a task waits for the rest of the body, with the intake's patience."""
        begun = self.cycle
        if type(begun) is not _OnTheShortWay or not begun.more_body:
            return
        self._wait_no_more(begun)
        self.cycle = None
        self._begin_the_ordinary_way()
        self.cycle.keep_alive &= begun.keep_alive
        if begun.body:
            super().on_body(begun.body)

    def _wait_no_more(self, delivery: _OnTheShortWay) -> None:
        if delivery.rest is not None:
            delivery.rest.cancel()
            self.intake.arriving.let_go(delivery.held)

    def _answer(self, delivery: _OnTheShortWay, answer: Answer) -> None:
        delivery.response_complete = True
        if delivery.disconnected or self.transport.is_closing():
            return  # the caller has hung up; what was stored stays stored
        closing = answer.close or not delivery.keep_alive
        self.transport.write(self._head(answer if answer.close is closing else answer._replace(close=closing)) + answer.body)
        if closing:
            self.transport.close()
        self.on_response_complete()

    def _head(self, answer: Answer) -> bytes:
        """Remembered while the server's own headers, which hold the time, stay as they are."""
        if self.server_state.default_headers is not Doorway._heads_of:
            Doorway._heads, Doorway._heads_of = {}, self.server_state.default_headers
        known = (answer.status, answer.close, len(answer.body))
        head = self._heads.get(known)
        if head is None:
            lines = [b"%b: %b\r\n" % header for header in [*self.server_state.default_headers, *answer.headers()]]
            head = self._heads[known] = b"".join([STATUS_LINE[answer.status], *lines, b"\r\n"])
        return head
