"""How the screen looks and waits for this person: <config>/screen.toml, written by the screen."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from commandcenter.config.settings import read_toml
from commandcenter.core.base import Record

FILE = "screen.toml"
TEXT_SIZES = (90, 100, 110, 125, 150, 175, 200)
"""In per cent."""
HEAD = """# Written by the screen's settings (Mod+,). What is left out has its default.
"""


class Comfort(Record, frozen=True):
    """`contrast`: auto follows the platform. `timing`: how many times as long arm, dead and
    double-tap times are. `notify_s`: None = as `notify.after_s` of settings.toml.
    `second_press_usd`: dearer orders want the key twice."""

    palette: Literal["default", "okabe-ito"] = "default"
    contrast: Literal["auto", "normal", "high"] = "auto"
    text: Annotated[int, msgspec.Meta(ge=90, le=200)] = 100
    reduced_motion: bool = False
    timing: Annotated[int, msgspec.Meta(ge=1, le=5)] = 1
    notify_s: Annotated[float, msgspec.Meta(ge=0, le=86_400)] | None = None
    second_press_usd: Annotated[float, msgspec.Meta(ge=0)] = 1.0

    @property
    def grown(self) -> float:
        """The text size as a factor."""
        return self.text / 100


def load_comfort(config: Path) -> Comfort:
    """What the file says. Raises ValueError with one sentence naming the file."""
    path = config / FILE
    try:
        return msgspec.convert(read_toml(path), Comfort)
    except msgspec.ValidationError as error:
        raise ValueError(f"{path}: {error}") from error


def save_comfort(config: Path, comfort: Comfort) -> None:
    """Write what differs from the defaults. Raises OSError when the folder takes no file."""
    plain = Comfort()
    lines = []
    for name in comfort.__struct_fields__:
        value = getattr(comfort, name)
        if value != getattr(plain, name):
            lines.append(f"{name} = {_toml(value)}\n")
    write_config(config / FILE, HEAD + "".join(lines))


def write_config(path: Path, text: str) -> None:
    """A whole file or the old one: temp file, rename. Raises OSError."""
    temp = path.with_name(path.name + ".new")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        temp.write_text(text, encoding="utf-8")
        os.replace(temp, path)
    except OSError:
        temp.unlink(missing_ok=True)
        raise


def stepped(text: int, by: int) -> int:
    """The text size one step larger (1) or smaller (-1), as far as there is one."""
    at = min(range(len(TEXT_SIZES)), key=lambda n: abs(TEXT_SIZES[n] - text))
    return TEXT_SIZES[min(max(at + by, 0), len(TEXT_SIZES) - 1)]


def _toml(value: Any) -> str:
    return msgspec.json.encode(value).decode()
