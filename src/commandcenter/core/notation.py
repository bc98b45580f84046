"""Order notation: `verb TARGET --option value "text"`, both ways (architecture.md, Orders)."""

import re
import types
from collections.abc import Iterator
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from commandcenter.core.orders import ORDERS, QUEUEABLE, AnyOrder, Enqueue, Order, verb

QUEUED = "--queued"
SELF = "@self"
"""The target inside a queued order: the thread that it waits at."""
_PLAIN = re.compile(r"[A-Za-z0-9_@#.,:/+=-]+")


def parse(text: str) -> AnyOrder:
    """The order that `text` says. Raises ValueError with a sentence that says what is wrong."""
    tokens = _tokens(text)
    if not tokens:
        raise ValueError("an order begins with its verb, e.g. pause @all")
    rest = [token for token in tokens if token != QUEUED or isinstance(token, _Quoted)]
    return _order(tokens) if len(rest) == len(tokens) else _queued(rest)


def _order(tokens: list[str]) -> AnyOrder:
    cls = ORDERS.get(tokens[0])
    if cls is None:
        raise ValueError(f"unknown order {tokens[0]!r}; known: {' '.join(sorted(ORDERS))}")
    fields = _fields(cls, tokens[1:])
    try:
        order = msgspec.convert({"verb": tokens[0], **fields}, cls, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(f"{tokens[0]}: {error}") from error
    return order  # type: ignore[return-value]  # ORDERS holds exactly the members of AnyOrder


def _queued(tokens: list[str]) -> AnyOrder:
    """`pause #3 --queued`: the order as it waits behind what the thread does."""
    order = _order(tokens)
    if verb(order) not in QUEUEABLE:
        raise ValueError(f"{verb(order)} cannot be queued")
    target = getattr(order, "target", "")
    if verb(order) == "budget" and target.startswith("@op:"):
        raise ValueError("an operation's limit cannot be queued: its threads have queues")
    return Enqueue(target, text(aimed(order, SELF)))


def aimed(order: AnyOrder, target: str) -> AnyOrder:
    """The same order for another target."""
    return msgspec.structs.replace(order, target=target)


def text(order: Order) -> str:
    """The notation of an order; `parse(text(order)) == order`."""
    inner = _inner(order) if isinstance(order, Enqueue) else None
    if inner is not None:
        return f"{text(inner)} {QUEUED}"
    parts = [verb(order)]
    for name in order.words:
        value = getattr(order, name)
        parts.extend(_quote(str(v)) for v in (value if isinstance(value, tuple) else (value,)))
    if len(parts) > 1 and parts[-1] == '""' and _optional_last(order):
        parts.pop()
    parts.extend(_options(order))
    return " ".join(parts)


def _inner(order: Enqueue) -> AnyOrder | None:
    """What waits, for whom; None when its text is no order that can be queued."""
    try:
        inner = parse(order.text)
    except ValueError:
        return None
    own = verb(inner) in QUEUEABLE and getattr(inner, "target", "") == SELF
    own = own and text(inner) == order.text
    return aimed(inner, order.target) if own else None


def _optional_last(order: Order) -> bool:
    last = order.words[-1]
    return bool(getattr(order, last) == "" and last not in _required(type(order)))


def _required(cls: type[Order]) -> set[str]:
    return {field.name for field in msgspec.structs.fields(cls) if field.required}


def _options(order: Order) -> Iterator[str]:
    for field in msgspec.structs.fields(type(order)):
        value = getattr(order, field.name)
        if field.name in order.words or value == field.default or value is None:
            continue
        name = _option(field.name)
        yield name if value is True else f"{name} {_quote(str(value))}"


def _option(name: str) -> str:
    """`--as` is the field `as_`: a word of Python's own."""
    return "--" + name.rstrip("_").replace("_", "-")


def _quote(value: str) -> str:
    if _PLAIN.fullmatch(value) and not value.startswith("--"):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


class _Quoted(str):
    """A token that stood in quotes, so that it is never taken for an option."""


def _tokens(source: str) -> list[str]:
    try:
        return [_unquote(token) for token in _split(source)]
    except ValueError as error:
        raise ValueError(f"{error}; texts stand in double quotes") from error


_TOKEN = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"(?=\s|$)|([^\s"]+)(?=\s|$))', re.DOTALL)


def _split(source: str) -> Iterator[re.Match[str]]:
    at = 0
    end = len(source.rstrip())
    while at < end:
        match = _TOKEN.match(source, at)
        if match is None:
            raise ValueError(f"cannot read the order from {source[at : at + 20]!r} on")
        at = match.end()
        yield match


def _unquote(match: re.Match[str]) -> str:
    if match.group(1) is None:
        return match.group(2)
    return _Quoted(re.sub(r"\\(.)", r"\1", match.group(1), flags=re.DOTALL))


def _fields(cls: type[Order], tokens: list[str]) -> dict[str, Any]:
    hints = get_type_hints(cls)
    names = {_option(name): name for name in cls.__struct_fields__}
    fields: dict[str, Any] = {}
    words: list[str] = []
    rest = iter(tokens)
    for token in rest:
        if isinstance(token, _Quoted) or not token.startswith("--"):
            words.append(token)
        elif token not in names or names[token] in cls.words:
            raise ValueError(f"{_tag(cls)} has no option {token}")
        else:
            fields[names[token]] = _value(hints[names[token]], token, rest)
    return fields | _words(cls, words, hints)


def _value(hint: Any, option: str, rest: Iterator[str]) -> Any:
    if hint is bool:
        return True
    value = next(rest, None)
    if value is None:
        raise ValueError(f"{option} wants a value")
    return str(value)


def _words(cls: type[Order], words: list[str], hints: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name in cls.words:
        if _many(hints[name]):
            fields[name], words = tuple(map(str, words)), []
        elif words:
            fields[name], words = str(words[0]), words[1:]
        elif name in _required(cls):
            raise ValueError(f"{_tag(cls)} wants {name.upper()}")
    if words:
        many = "; several are written #1,#2" if str(words[0]).startswith(("#", "@")) else ""
        raise ValueError(f"{_tag(cls)} does not know what to do with {words[0]!r}{many}")
    return fields


def _many(hint: Any) -> bool:
    if get_origin(hint) in (Union, types.UnionType):
        return any(_many(arg) for arg in get_args(hint))
    return get_origin(hint) is tuple


def _tag(cls: type[Order]) -> str:
    return str(cls.__struct_config__.tag)
