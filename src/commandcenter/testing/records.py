"""Hypothesis strategies for every record of the vocabulary, from its own annotations."""

import types
from decimal import Decimal
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st

from commandcenter.core.events import Event, OperationMade, ThreadCreated

_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
_SCOPES = st.sampled_from(["day", "@op:demo", "#1", "#2"])
_NAMED: dict[str, st.SearchStrategy[Any]] = {"scope": _SCOPES, "group": st.integers(0, 9)}
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: _TEXT,
    bool: st.booleans(),
    int: st.integers(0, 2**53),
    float: st.floats(0, 1e6, width=32),
    Decimal: st.decimals(0, 10**6, allow_nan=False, places=4),
    Any: st.one_of(st.integers(0, 9), _TEXT),
    type(None): st.none(),
}


def build(record: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """Any value of a record."""
    hints = get_type_hints(record, include_extras=False)
    fields = {name: _named(name, hints[name]) for name in record.__struct_fields__}
    return st.builds(record, **fields)


def threads_of(count: int) -> list[tuple[int, Event]]:
    """(thread, event) pairs by which `count` threads and the operation `demo` come to be."""
    made: list[tuple[int, Event]] = [(0, OperationMade("demo", "/tmp/demo"))]
    for thread in range(1, count + 1):
        born = ThreadCreated(f"t{thread}", "demo", "native", "native", "a", "m", "brief")
        made.append((thread, born))
    return made


def _named(name: str, hint: Any) -> st.SearchStrategy[Any]:
    if name in _NAMED and hint in (str, int):
        return _NAMED[name]
    return _value(hint)


def _value(hint: Any) -> st.SearchStrategy[Any]:
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return st.sampled_from(args)
    if origin in (Union, types.UnionType):
        return st.one_of([_value(arg) for arg in args])
    if origin is tuple:
        return _tuple(args)
    if origin is dict:
        return st.dictionaries(_value(args[0]), _value(args[1]), max_size=3)
    return st.deferred(lambda: build(hint))


def _tuple(args: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if len(args) == 2 and args[1] is Ellipsis:
        return st.lists(_value(args[0]), max_size=3).map(tuple)
    return st.tuples(*[_value(arg) for arg in args])
