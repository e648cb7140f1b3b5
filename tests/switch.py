"""A TCP forwarder that can be off, hold everything back or swallow it: a server that is away, and from nobody else."""

import socket
import threading
from contextlib import suppress

from tests.servers import free_port


class Switch:
    """Where it listens is `port`; it is on from the beginning."""

    def __init__(self, host: str, port: int) -> None:
        self.port = free_port()
        self._far = (host, port)
        self._on = True
        self._silent = False
        self._flowing = threading.Event()
        self._flowing.set()
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def off(self) -> None:
        """What is open is cut, and what comes is turned away."""
        self._on = False
        self._flowing.set()
        while self._open:
            with suppress(OSError):
                self._open.pop().shutdown(socket.SHUT_RDWR)

    def stall(self) -> None:
        """Connections stay and come about, but nothing passes."""
        self._flowing.clear()

    def fall_silent(self) -> None:
        """What comes is taken and goes nowhere: a host that is gone without a word."""
        self._silent = True

    def on(self) -> None:
        """Back; whoever speaks to the host as it was before it fell silent is told that it is not."""
        if self._silent:
            self.off()
        self._on, self._silent = True, False
        self._flowing.set()

    def close(self) -> None:
        self.off()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if not self._on:
                    near.close()
                    continue
                far = socket.create_connection(self._far)
                self._open += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._flowing.wait()
                if not self._silent:
                    sink.sendall(data)
        source.close()
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)  # which, unlike a close, wakes the thread that reads there
