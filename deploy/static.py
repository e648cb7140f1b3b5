"""Has `collectstatic` anything to do? It takes seconds, and nearly always the answer is no."""

import hashlib

from deploy.bootstrap import ROOT

MANIFEST = ROOT / ".local" / "static" / "staticfiles.json"
STAMP = ROOT / ".local" / "static.stamp"


def is_current() -> bool:
    """Is what was collected still what there is to collect?"""
    return MANIFEST.exists() and STAMP.exists() and STAMP.read_text() == _digest()


def mark_current() -> None:
    STAMP.write_text(_digest())


def _digest() -> str:
    """Of everything that collectstatic would look at: our files, and the packages' by their lock file."""
    files = sorted(path for folder in ("static", "*/static") for path in ROOT.glob(f"{folder}/**/*") if path.is_file())
    facts = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
    facts += [(ROOT / name).read_text() for name in ("requirements.txt", "config/settings.py")]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()
