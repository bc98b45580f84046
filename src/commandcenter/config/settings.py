"""The person's settings: defaults, then settings.toml, then --set on the command line."""

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from commandcenter.config.private import LARGEST
from commandcenter.core.base import Record

FILE = "settings.toml"

Seconds = Annotated[float, msgspec.Meta(ge=0, le=86_400)]
Usd = Annotated[float, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Price(Record, frozen=True, forbid_unknown_fields=True):
    """What a model costs in USD per million tokens, where no list knows it."""

    input: Usd
    output: Usd
    cached: Usd | None = None


class BudgetSettings(Record, frozen=True, forbid_unknown_fields=True):
    """Limits that hold without an order; `day_usd` over key accounts, to the local midnight."""

    day_usd: Usd = 20.0
    warn: Share = 0.80
    at_limit: Literal["pause", "ask", "finish_turn"] = "pause"
    cut: bool = False
    cached_weight: Share = 1.0


class SupplySettings(Record, frozen=True, forbid_unknown_fields=True):
    """Running model calls an account may have at once when it names no cap itself."""

    concurrent: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 4


class NotifySettings(Record, frozen=True, forbid_unknown_fields=True):
    """Who is told outside the window: `command` (a shell line; the notice is its standard input as
    JSON) and `webhook` (an address that gets it by POST), on what needs the person for `after_s`
    seconds, failed, done, a plan window empty or open again."""

    command: str = ""
    webhook: str = ""
    after_s: Seconds = 30.0


class Settings(Record, frozen=True, forbid_unknown_fields=True):
    """All settings; times in seconds, money in USD, `prices` by model name.

    `after_crash`: do threads without an unknown effect go on after an unclean end, or wait.
    """

    hold_limit_s: Seconds = 120.0
    kill_fuse_s: Seconds = 10.0
    kill_drain_usd: Usd = 0.10
    handoff_edit_s: Seconds = 10.0
    """How long the text of a reassign waits to be edited."""
    handoff_settle_s: Seconds = 600.0
    """How long a new agent may work until it has shown itself; then the one before goes on."""
    verify_limit_s: Annotated[float, msgspec.Meta(gt=0, le=86_400)] = 600.0
    """How long an operation's success command may run."""
    after_crash: Literal["continue", "hold"] = "continue"
    hibernate_s: Seconds = 600.0
    """An idle session of a foreign agent is put away after so long."""
    live_foreign: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 24
    """Sessions of foreign agents that may be open at once before idle ones are put away."""
    live_max: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 200
    budget: BudgetSettings = BudgetSettings()
    supply: SupplySettings = SupplySettings()
    notify: NotifySettings = NotifySettings()
    prices: dict[str, Price] = msgspec.field(default_factory=dict)


def load_settings(config: Path, overrides: Sequence[str] = ()) -> Settings:
    """Settings of the folder `config`, with `KEY=VALUE` overrides such as `budget.day_usd=5`.

    A missing file means the defaults. Raises ValueError with one sentence: where, what, what is
    known instead.
    """
    path = config / FILE
    document = read_toml(path)
    _convert(document, str(path))
    for text in overrides:
        _merge(document, _override(text))
    return _convert(document, f"{path} with --set" if overrides else str(path))


def read_toml(path: Path) -> dict[str, Any]:
    """The parsed file, empty when there is none. Raises ValueError naming file and line."""
    try:
        with path.open("rb") as file:
            return tomllib.loads(file.read(LARGEST).decode())
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not valid TOML: {error}") from error


def known_settings() -> tuple[str, ...]:
    """Every key in its dotted form, for messages and completion."""
    return tuple(_keys(Settings, ""))


def _keys(struct: type[Record], prefix: str) -> Iterator[str]:
    for field in msgspec.structs.fields(struct):
        kind = field.type
        if isinstance(kind, type) and issubclass(kind, Record):
            yield from _keys(kind, f"{prefix}{field.name}.")
        else:
            yield prefix + field.name


def _override(text: str) -> dict[str, Any]:
    """`KEY=VALUE` as a document; a value that is no TOML value is taken as text."""
    key, sign, value = text.partition("=")
    key, value = key.strip(), value.strip()
    if not sign or not key or "\n" in text:
        raise ValueError(f"--set wants KEY=VALUE, not {text!r}")
    for form in (value, msgspec.json.encode(value).decode()):
        try:
            return tomllib.loads(f"{key} = {form}")
        except tomllib.TOMLDecodeError:
            continue
    raise ValueError(f"--set wants KEY=VALUE, not {text!r}")


def _merge(into: dict[str, Any], new: dict[str, Any]) -> None:
    for key, value in new.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def _convert(document: dict[str, Any], where: str) -> Settings:
    try:
        return msgspec.convert(document, Settings)
    except msgspec.ValidationError as error:
        text = f"{where}: {error}"
        if "unknown field" in text:
            text += f"; known settings: {', '.join(known_settings())}"
        raise ValueError(text) from error
