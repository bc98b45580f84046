"""The texts of the ladders: those of resources/ladders, and the person's own; judges nothing."""

from pathlib import Path

from commandcenter.config.private import LARGEST
from commandcenter.config.resources import resource
from commandcenter.core.base import Record

FOLDER = "ladders"


class LadderText(Record, frozen=True):
    """One file: `name` without its ending, what stands in it, and where it lies."""

    name: str
    text: str
    path: str


def ladder_texts(config: Path) -> tuple[LadderText, ...]:
    """Every ladder's text: ours by name, the practice one first, then those of `<config>/ladders`.

    A later text replaces an earlier one of its name. Raises ValueError naming a file that is no
    text, OSError when one cannot be read.
    """
    found = []
    for folder in (resource(FOLDER), config / FOLDER):
        paths = sorted(folder.glob("*.toml")) if folder.is_dir() else ()
        found += [_read(path) for path in sorted(paths, key=lambda path: path.stem != "sparring")]
    return tuple(found)


def _read(path: Path) -> LadderText:
    try:
        with path.open("rb") as file:
            return LadderText(path.stem, file.read(LARGEST).decode(), str(path))
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no text: {error}") from error
