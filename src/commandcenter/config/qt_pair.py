"""Which Qt binding must not run on which Python: asked before anything of Qt is imported."""

import sys
from importlib.util import find_spec
from pathlib import Path

_NAME = "pyside6_essentials-"


def qt_version() -> str:
    """The installed PySide6-Essentials, "" without one.

    Read from the name of its folder beside the package: `importlib.metadata` costs a tenth of the
    screen's start.
    """
    spec = find_spec("PySide6")
    for place in (spec.submodule_search_locations or []) if spec is not None else []:
        for found in Path(place).parent.iterdir():
            name = found.name.lower()
            if name.startswith(_NAME) and name.endswith(".dist-info"):
                return name.removeprefix(_NAME).removesuffix(".dist-info")
    return ""


def qt_refusal(pyside: str, python: tuple[int, int] = sys.version_info[:2]) -> str:
    """Why this pair must not paint, naming it; empty when it may.

    6.12.0 on Python < 3.12 loses one reference of None per void call and aborts within a second of
    painting (PYSIDE-3474).
    """
    if pyside == "6.12.0" and python < (3, 12):
        return (
            f"PySide6 {pyside} aborts on Python {python[0]}.{python[1]}: use 6.11.3 or Python 3.12"
        )
    return "" if pyside else "PySide6-Essentials is not installed"
