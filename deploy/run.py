"""`make run`, the door: refuse what cannot work before anything is touched, install what is missing, go on inside `.venv`.

Like deploy.bootstrap this is read by whatever `python3` the machine has.
"""

from __future__ import annotations

import os
import socket
import sys

from deploy.bootstrap import ROOT, VENV_PYTHON, BootstrapError, ensure

DEFAULT_PORT = "8000"


def port() -> int:
    """From the environment, else from `.env`. Exits when it is no port, or when somebody listens there."""
    text = os.environ.get("PORT") or _port_of_dotenv() or DEFAULT_PORT
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        sys.exit(f"PORT must be a number from 1 to 65535, not {text!r}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(text)))
        except OSError as error:
            other = int(text) % 60_000 + 10  # beside it is its sandbox
            sys.exit(
                f"Port {text} cannot be had ({error.strerror}). Is Bursar running already? PORT={other} make run takes another."
            )
    return int(text)


def _port_of_dotenv() -> str:
    try:
        lines = (ROOT / ".env").read_text().splitlines()
    except FileNotFoundError:
        return ""
    return next((line[len("PORT=") :].strip() for line in lines if line.startswith("PORT=")), "")


def main() -> None:
    port()
    try:
        ensure()
    except (BootstrapError, OSError) as error:
        sys.exit(f"bootstrap  {error}")
    except KeyboardInterrupt:
        sys.exit("bootstrap  interrupted")
    # The same process goes on, so whoever started us keeps hold of it.
    os.execv(VENV_PYTHON, [str(VENV_PYTHON), "-m", "deploy.running"])  # noqa: S606 - our own program


if __name__ == "__main__":
    main()
