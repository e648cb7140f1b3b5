"""What the person at the terminal sees: one line a fact, its source in front; and the few lines of a log that matter."""

import os
import re
import shutil
from pathlib import Path

LEVELS = re.compile(
    r"\b(WARNING|ERROR|CRITICAL|FATAL|PANIC)\b|\[(warning|error|critical)\s*\]|\"level\": ?\"(warning|error|critical)"
)
LARGEST_LOG = 20 * 1024 * 1024
MOST_AT_ONCE = 8


def say(source: str, text: str) -> None:
    for line in text.splitlines() or [""]:
        write(f"{source:>9} | {line}\n")


def write(text: str) -> None:
    try:
        os.write(1, text.encode())
    except OSError:
        # The terminal is gone. That must not keep us from stopping what we started.
        return


class Tail:
    """The lines that matter among those a log has gained; and the log kept from filling the disk."""

    def __init__(self, source: str, log: Path, pattern: re.Pattern[str] = LEVELS) -> None:
        self._source = source
        self._log = log
        self._pattern = pattern
        self._at = log.stat().st_size if log.exists() else 0

    def follow(self) -> None:
        try:
            with self._log.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                if size == self._at:
                    return
                file.seek(self._at if size > self._at else 0)
                lines = file.read(1024 * 1024).split(b"\n")
                self._at = file.tell() - len(lines[-1])
        except FileNotFoundError:
            return
        mattering = [line for part in lines[:-1] if self._pattern.search(line := part.decode(errors="replace"))]
        for line in mattering[:MOST_AT_ONCE]:
            say(self._source, line[:500])
        if len(mattering) > MOST_AT_ONCE:
            say(self._source, f"… and {len(mattering) - MOST_AT_ONCE} more such lines in {self._log}")
        if size > LARGEST_LOG:
            self._turn_over()

    def _turn_over(self) -> None:
        """Keep the last one as `.1`. Copied and cut, not renamed: its writer holds it open, and appends."""
        shutil.copyfile(self._log, self._log.with_name(self._log.name + ".1"))
        os.truncate(self._log, 0)
        self._at = 0
