"""A process that outlives the one that starts it: the engine, started by the screen; a program of
the person's, opened on a worktree."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


def start_detached(
    argv: Sequence[str], log: Path, cwd: str | None = None, env: Mapping[str, str] | None = None
) -> int:
    """Start `argv` in a session of its own, output appended to `log`; its pid. `cwd` and `env`
    None = ours. Raises OSError."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=cwd,
            env=None if env is None else dict(env),
            start_new_session=True,
        )
    process.returncode = 0  # it is not waited for; without this Python warns at our exit
    return process.pid
