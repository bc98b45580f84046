"""A process that outlives the one that starts it: the engine, started by the screen."""

import subprocess
from collections.abc import Sequence
from pathlib import Path


def start_detached(argv: Sequence[str], log: Path) -> int:
    """Start `argv` in a session of its own, output appended to `log`; its pid. Raises OSError."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            list(argv), stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    process.returncode = 0  # it is not waited for; without this Python warns at our exit
    return process.pid
