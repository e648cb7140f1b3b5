"""A gateway that says what it is told to say, byte for byte, on a real socket; and remembers what it heard."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from core.ids import new_id_text
from payments.gateways.wire import pool


class Heard(NamedTuple):
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Saying:
    """`says["POST /v1/orders"] = (200, b"…")`: by method and the beginning of the path, the longest that fits.

    A list is said one by one, its last for ever. What nobody thought of is answered 599.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.says: dict[str, tuple[int, bytes] | list[tuple[int, bytes]]] = {}
        self.heard: list[Heard] = []

    def answer(self, heard: Heard) -> tuple[int, bytes]:
        self.heard.append(heard)
        fitting = [beginning for beginning in self.says if f"{heard.method} {heard.path}".startswith(beginning)]
        if not fitting:
            return 599, b"nobody thought of this"
        said = self.says[max(fitting, key=len)]
        if isinstance(said, list):
            return said.pop(0) if len(said) > 1 else said[0]
        return said

    def asked(self, beginning: str) -> list[Heard]:
        """What was asked at paths that begin so."""
        return [heard for heard in self.heard if f"{heard.method} {heard.path}".startswith(beginning)]


@contextmanager
def saying() -> Iterator[Saying]:
    """A server for a test. Its address is like no other's, also where a port comes again: tokens are kept by addresses."""
    own = f"/{new_id_text()}"

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, said = gateway.answer(Heard(self.command, self.path.removeprefix(own), headers, body))
            self.send_response(status)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = _answer  # noqa: N815 - the library's names

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    gateway = Saying(f"http://127.0.0.1:{server.server_port}{own}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        pool(gateway.url).close()  # the connections that this process keeps to a gateway
