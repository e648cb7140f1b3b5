"""Becomes a command that dies with the process that started it.

    python -I -S guard.py PARENT SIGNAL USER COMMAND...

PARENT is the pid of the process to outlive by no more than a moment, SIGNAL the number of the signal that its death sends,
USER is `uid:gid` to become first, or `-`. A file of its own, run by path: between fork and exec of a threaded process nothing
is safe to call, and the kernel forgets the bond at a change of user, so it must be made last, by the child itself.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, signal: int, user: str, command: "list[str]") -> None:
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    if user != "-":
        uid, gid = map(int, user.split(":"))
        os.chdir("/")
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if libc is not None:
        libc.prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0)
    if os.getppid() != parent:
        # The parent died before the bond was made: nobody is left to send the signal.
        sys.exit("the process that wanted this command is gone")
    try:
        os.execvp(command[0], command)  # noqa: S606 - the command is the caller's, that is the point
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
