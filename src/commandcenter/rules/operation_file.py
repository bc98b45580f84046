"""An operation as a TOML file: what `operation --file F.toml` takes."""

import tomllib
from decimal import Decimal
from typing import Any, Final

import msgspec

from commandcenter.core.base import Record
from commandcenter.core.text import one_line
from commandcenter.rules.protecting import PATTERNS, pattern

LONGEST: Final = 100_000
TEXT: Final = 4_000
"""Characters of a goal, trade-offs, what is never optimised for."""
LINE: Final = 1_000
"""Characters of a name, path, command."""


class OperationFields(Record, frozen=True, forbid_unknown_fields=True):
    """What the file says; empty or None = it does not. `usd` in US dollars."""

    name: str = ""
    repo: str = ""
    base: str = ""
    goal: str = ""
    usd: Decimal | None = None
    tokens: int | None = None
    success: str = ""
    accept: str = ""
    never: str = ""
    ladder: str = ""
    protected: tuple[str, ...] = ()


KEYS: Final = OperationFields.__struct_fields__


def read_operation(text: str) -> OperationFields:
    """The fields of `[operation]`. Raises ValueError with one sentence naming the field."""
    fields = _table(text)
    others = [key for key in fields if key not in KEYS]
    if others:
        named = ", ".join(one_line(key, 40) for key in others[:5])
        raise ValueError(f"[operation] does not know {named}; it knows {', '.join(KEYS)}")
    usd = fields.pop("usd", None)
    try:
        found = msgspec.convert(fields, OperationFields)
    except msgspec.ValidationError as error:
        raise ValueError(f"[operation]: {error}") from error
    _check(found)
    patterns = tuple(dict.fromkeys(map(_pattern, found.protected)))
    return msgspec.structs.replace(found, usd=_money(usd), protected=patterns)


def write_operation(fields: OperationFields) -> str:
    """The same as text; what is empty is left out."""
    lines = ["[operation]"]
    for key in KEYS:
        value = getattr(fields, key)
        if value not in ("", None, ()):
            told = f"{value:f}" if isinstance(value, Decimal) else _toml(value)
            lines.append(f"{key} = {told}")
    return "\n".join(lines) + "\n"


def _table(text: str) -> dict[str, Any]:
    if len(text) > LONGEST:
        raise ValueError(f"the file has {len(text):,} characters, at most {LONGEST:,}")
    try:
        document = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"this is no TOML: {error}") from error
    except RecursionError:
        raise ValueError("this is no TOML: nested too deeply") from None
    others = [key for key in document if key != "operation"]
    if others:
        raise ValueError(f"the file has one table [operation], and no {one_line(others[0], 40)}")
    fields = document.get("operation")
    if not isinstance(fields, dict):
        raise ValueError("the file has no table [operation]")
    return dict(fields)


def _money(value: object) -> Decimal | None:
    """A number, or a text such as "2.50". Not a float: money has none."""
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = Decimal(value)
        except ArithmeticError:
            raise ValueError("[operation]: usd is an amount such as 2.50") from None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("[operation]: usd is an amount such as 2.50")
    amount = Decimal(value)
    if not amount.is_finite() or not 0 < amount <= 1_000_000:
        raise ValueError("[operation]: usd is above 0 and at most 1,000,000")
    return amount


def _check(found: OperationFields) -> None:
    for key in KEYS:
        value = getattr(found, key)
        limit = TEXT if key in ("goal", "accept", "never") else LINE
        if not isinstance(value, str):
            continue
        if len(value) > limit:
            raise ValueError(f"[operation]: {key} has {len(value):,} characters, at most {limit:,}")
        if limit == LINE and not value.isprintable():
            raise ValueError(f"[operation]: {key} is one line without hidden characters")
    if found.tokens is not None and not 0 < found.tokens <= 10**12:
        raise ValueError("[operation]: tokens is above 0")
    if len(found.protected) > PATTERNS:
        raise ValueError(f"[operation]: protected has at most {PATTERNS} patterns")


def _pattern(given: str) -> str:
    try:
        return pattern(given)
    except ValueError as error:
        raise ValueError(f"[operation]: protected: {error}") from error


def _toml(value: object) -> str:
    """JSON's texts, numbers and lists are TOML's too, but for DEL."""
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007F")
