"""Where the files we ship lie: in the wheel, or at the top of the repository."""

from pathlib import Path, PurePosixPath

_PACKAGE = Path(__file__).resolve().parents[1]


def resource(name: str) -> Path:
    """The shipped file or folder `name`, relative to resources/ and with forward slashes.

    Raises ValueError for a name that would leave resources/, FileNotFoundError for an unknown one.
    """
    parts = PurePosixPath(name).parts
    if not parts or PurePosixPath(name).is_absolute() or ".." in parts:
        raise ValueError(f"not a name below resources/: {name!r}")
    for root in (_PACKAGE / "resources", _PACKAGE.parents[1] / "resources"):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise FileNotFoundError(f"no shipped file {name!r} in {_PACKAGE / 'resources'}")
