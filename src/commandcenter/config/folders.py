"""Where everything of ours lies on this machine."""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from commandcenter.config.private import make_private_folder
from commandcenter.core.base import Record

APP = "commandcenter"
SOCKET_PATH_MAX = 100
"""Bytes of a socket's path; systems allow 103 to 107."""
SOCKET_NAME_ROOM = 24
"""Bytes kept for "/" and a socket's name in the run folder."""
FOLDER_NAME_ROOM = 20
"""Bytes of "/cc-" and a home's mark."""
_XDG_MAX = SOCKET_PATH_MAX - SOCKET_NAME_ROOM - FOLDER_NAME_ROOM


class Folders(Record, frozen=True):
    """The four folders of one home; `run` holds sockets, `data` the journal and workspaces."""

    data: Path
    config: Path
    state: Path
    run: Path

    def make(self) -> None:
        """Make what is missing, 0700. Raises PermissionError when one is not ours alone."""
        for path in (self.data, self.config, self.state, self.run):
            make_private_folder(path)


def home_mark(data: Path) -> str:
    """16 hex digits for the data folder's real path: CC_HOME in the environment of all we start."""
    return hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:16]


def folders(home: Path | None = None, environ: Mapping[str, str] = os.environ) -> Folders:
    """The folders of `home`, else of $COMMANDCENTER_HOME, else the platform's; makes none."""
    named = home or (
        Path(environ["COMMANDCENTER_HOME"]) if environ.get("COMMANDCENTER_HOME") else None
    )
    if named is not None:
        data = Path(os.path.abspath(named))
        found = Folders(data, data / "config", data / "state", data / "run")
    else:
        data = platformdirs.user_data_path(APP, appauthor=False)
        found = Folders(
            data,
            platformdirs.user_config_path(APP, appauthor=False),
            platformdirs.user_state_path(APP, appauthor=False),
            _short_lived(environ, APP, f"{APP}-{os.geteuid()}"),
        )
    if len(os.fsencode(found.run)) + SOCKET_NAME_ROOM <= SOCKET_PATH_MAX:
        return found
    moved = f"cc-{home_mark(data)}"
    return Folders(found.data, found.config, found.state, _short_lived(environ, moved, moved))


def _short_lived(environ: Mapping[str, str], name: str, shared: str) -> Path:
    """`name` in $XDG_RUNTIME_DIR, else `shared` directly in the temp folder all users share, so
    that the owner and mode of the one folder which is checked are all that counts."""
    named = environ.get("XDG_RUNTIME_DIR", "")
    if named and Path(named).is_dir() and len(os.fsencode(named)) <= _XDG_MAX:
        return Path(named) / name
    return Path(tempfile.gettempdir()) / shared
