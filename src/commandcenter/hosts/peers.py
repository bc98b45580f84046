"""Does a process descend from an agent of ours? Then it gives no orders (safety.md 11)."""

import psutil


def below_agent(pid: int, home: str) -> bool:
    """Does `pid` or one of its parents carry the mark of a thread of this home?

    A process of the same user can shed the mark; section 15 of safety.md says so too.
    """
    try:
        process: psutil.Process | None = psutil.Process(pid)
        while process is not None:
            if _marked(process, home):
                return True
            process = process.parent()
    except psutil.NoSuchProcess:
        return False
    return False


def _marked(process: psutil.Process, home: str) -> bool:
    try:
        environ = process.environ()
    except (psutil.AccessDenied, psutil.ZombieProcess):
        return False
    thread = environ.get("CC_THREAD", "0:0").partition(":")[0]
    return environ.get("CC_HOME") == home and thread != "0"
