"""An ASGI app on a port that several processes share, as they do behind a proxy; each can be killed alone.

python -m bench.harness.serve config.asgi:application 8000

Bursar's own is served by the protocol that goes with it, as `make run` serves it.
"""

import socket
import sys

import uvicorn


def main(app: str, port: int) -> None:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(("127.0.0.1", port))
    # As `make run` starts it.
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="config.asgi:Protocol" if app.startswith("config.asgi:") else "httptools",
        access_log=False,
        proxy_headers=False,
        log_level="warning",
        timeout_graceful_shutdown=20,
        timeout_keep_alive=30,
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
