"""The git-ignored `.env` of one machine: every name of `.env.example`, every secret its own. What it says already, it keeps."""

import base64
import os
import secrets
from pathlib import Path


def complete(dotenv: Path, example: Path) -> list[str]:
    """Add what `example` names and `dotenv` lacks, secrets generated; the names that were added."""
    known = read(dotenv)
    added: list[str] = []
    lines = dotenv.read_text().splitlines() if dotenv.exists() else []
    block: list[str] = []
    for line in example.read_text().splitlines():
        block.append(line)
        name, value = _pair(line)
        if name and name in known:
            block = []
        elif name:
            lines += [*block[:-1], f"{name}={value or _secret(name)}"]
            added.append(name)
            block = []
    if added:
        # What an example says after its last name is optional, and stays a comment.
        _write(dotenv, "\n".join(lines if known else [*lines, *block]) + "\n")
    return added


def read(dotenv: Path) -> dict[str, str]:
    """Its names and values, as the settings read them; none when there is no such file."""
    if not dotenv.exists():
        return {}
    return {name: value for name, value in map(_pair, dotenv.read_text().splitlines()) if name}


def _pair(line: str) -> tuple[str, str]:
    name, equals, value = line.partition("=")
    if not equals or name.lstrip().startswith("#"):
        return "", ""
    return name.strip(), value.strip().strip("'\"")


def _secret(name: str) -> str:
    if name == "BURSAR_ENCRYPTION_KEYS":
        return f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}"
    if name == "STRIPE_WEBHOOK_SECRET":
        return f"whsec_{secrets.token_hex(24)}"
    # Some of them stand in a URL's path, so no sign that would need escaping there.
    return secrets.token_hex(32)


def _write(path: Path, text: str) -> None:
    """Whole or not at all, and for its owner's eyes only."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)


if __name__ == "__main__":
    root = Path(__file__).resolve().parent.parent
    complete(root / ".env", root / ".env.example")
