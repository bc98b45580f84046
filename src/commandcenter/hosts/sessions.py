"""Who holds an agent's session: its id in the command lines of the user's processes."""

import os

import psutil


def holding(session: str) -> int:
    """The pid of a process of this user that names the session; 0 = none does."""
    if not session:
        return 0
    for process in psutil.process_iter(["pid", "uids", "cmdline"]):
        seen = process.info
        ours = seen["uids"] is not None and seen["uids"].real == os.getuid()
        if ours and seen["pid"] != os.getpid() and any(session in w for w in seen["cmdline"] or ()):
            return int(seen["pid"])
    return 0
