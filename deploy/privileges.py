"""Whom PostgreSQL runs as. It refuses to run as root, and the machine's user may well be root (a container, a CI runner)."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

USER_NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")


@dataclass(frozen=True)
class RunAs:
    """A way to run a command: behind `prefix`, or as the user `uid`; as ourselves when both are empty."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    @property
    def user(self) -> str:
        return "-" if self.uid is None else f"{self.uid}:{self.gid}"

    def can(self, *command: str | Path) -> bool:
        """Does this command succeed when it runs this way?"""
        try:
            outcome = subprocess.run(
                [*self.prefix, *map(str, command)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                cwd="/",
                user=self.uid,
                group=self.gid,
                extra_groups=None if self.uid is None else [],
            )
        except OSError:
            return False
        return outcome.returncode == 0

    def own(self, directory: Path) -> None:
        """Hand a directory over, with all it holds; nothing to do where files are ours either way."""
        if self.uid is None or self.gid is None or directory.stat().st_uid == self.uid:
            return
        for path in (*directory.rglob("*"), directory):
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


OURSELVES = RunAs()


def unprivileged(*, allow_namespace: bool = True) -> RunAs:
    """Ourselves for an ordinary user. For root a user namespace, in which files stay root's; else the user postgres or nobody."""
    if os.geteuid() != 0:
        return OURSELVES
    namespace = RunAs(prefix=USER_NAMESPACE)
    if allow_namespace and shutil.which(USER_NAMESPACE[0]) and namespace.can("true"):
        return namespace
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return RunAs(uid=account.pw_uid, gid=account.pw_gid)
    raise LookupError("PostgreSQL does not run as root, and this machine has neither user namespaces nor a user nobody.")
