"""What a person types as a figure or a list, read once."""

from decimal import Decimal, InvalidOperation
from pathlib import Path

MANY_LINES = 500
LARGEST_LIST = 1 << 20


def number(text: str) -> Decimal | None:
    """`1.50`, `$2`, `200 k`, `1.5M` as a figure; None when it is none."""
    plain = text.strip().lower().lstrip("$").replace(",", "").replace(" ", "")
    factor = {"k": 1_000, "m": 1_000_000}.get(plain[-1:], 1)
    try:
        figure = Decimal(plain.rstrip("km")) * factor
    except InvalidOperation:
        return None
    return figure if figure.is_finite() else None


def lines(text: str) -> tuple[str, ...]:
    """The briefs of a list; a single line that names a file is read. Raises OSError."""
    stripped = text.strip()
    if "\n" not in stripped and stripped.startswith(("/", "~", "./")):
        path = Path(stripped).expanduser()
        if path.is_file():
            with path.open("rb") as file:
                stripped = file.read(LARGEST_LIST).decode("utf-8", "replace")
    found = [line.strip() for line in stripped.splitlines()]
    return tuple(line for line in found if line)[:MANY_LINES]
