"""What every order has."""

from typing import ClassVar, Literal

from commandcenter.core.base import Record

Undo = Literal["yes", "no"]


def _kebab(name: str) -> str:
    return "".join("-" + c.lower() if c.isupper() else c for c in name).lstrip("-")


class Order(Record, frozen=True, tag_field="verb", tag=_kebab):
    """Base of all orders. `words` = fields given without an option name, in notation order."""

    words: ClassVar[tuple[str, ...]] = ("target",)
    urgent: ClassVar[bool] = False
    undo: ClassVar[Undo] = "no"
