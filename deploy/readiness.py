"""Is Bursar ready? Its own answer, part by part, said as each becomes true."""

import http.client
import json
from typing import Any

from deploy.console import say


class Readiness:
    """Asks /health/ready. `ready` turns true once every part is well; until then `waiting_for` names those that are not."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._well: set[str] = set()
        self.waiting_for = "an answer"
        self.ready = False

    def ask(self) -> None:
        answer = self._answer()
        if answer is None:
            return
        status, body = answer
        parts = {str(name): part for name, part in dict(body.get("parts") or {}).items()}
        for name, part in parts.items():
            if _is_well(part) and name not in self._well:
                self._well.add(name)
                say("ready", " ".join((name, *_details(part))))
        ill = [" ".join((name, *_details(part))) for name, part in parts.items() if not _is_well(part)]
        self.waiting_for = "; ".join(ill) or f"an answer other than {status}"
        self.ready = status == 200

    def _answer(self) -> tuple[int, dict[str, Any]] | None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            response = connection.getresponse()
            body = json.loads(response.read() or b"{}")
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()
        return response.status, body if isinstance(body, dict) else {}


def _is_well(part: object) -> bool:
    return part == "ok" or (isinstance(part, dict) and part.get("status") == "ok")


def _details(part: object) -> list[str]:
    if not isinstance(part, dict):
        return [str(part)]
    return [f"{name}={value}" for name, value in part.items() if value not in (None, "", "ok")]
