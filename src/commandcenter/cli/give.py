"""`commandcenter order`: one order through the same door as every other."""

import argparse
import asyncio
import re
import sys
import uuid
from pathlib import Path

import msgspec

from commandcenter.cli.connection import REFUSED, say, talk
from commandcenter.core import notation
from commandcenter.core.base import OrderId
from commandcenter.core.codec import Row, load_entry
from commandcenter.core.events import OrderRefused
from commandcenter.core.orders import AnyOrder, Given, Kill, Operation, Pause, Spawn, Split
from commandcenter.hud.mirror import Mirror
from commandcenter.link.base import Ack
from commandcenter.link.client import SocketLink
from commandcenter.rules.operation_file import read_operation

BAD, FAILED = 2, 1
Late = tuple[int, int, OrderRefused]
"""(seq, thread, refusal); thread 0 = the whole order."""


def order(args: argparse.Namespace) -> int:
    """Give it; print its id. Exit 3 when every receiver refuses, 1 when --wait runs out."""
    try:
        wanted = prepared(args.text)
    except OSError as error:
        say(f"{error.filename}: {error.strerror}")
        return BAD
    except ValueError as error:
        say(str(error))
        return BAD
    given = Given(OrderId(uuid.uuid4().hex), wanted, "cli", args.yes)

    async def do(link: SocketLink) -> int:
        mirror = Mirror()
        told = asyncio.Event()
        refused: list[Late] = []
        link.on_snapshot = mirror.snapshot
        link.on_rows = lambda rows: _take(rows, mirror, given, refused, told)
        ack = await link.send(given)
        sys.stdout.write(f"{ack.id}\n")
        if _say_refusals(ack):
            return REFUSED
        if args.wait is None:
            return 0
        try:
            async with asyncio.timeout(args.wait):
                while not _over(mirror, given, ack):
                    await told.wait()
                    told.clear()
        except TimeoutError:
            say(f"not carried out after {args.wait:.0f} s; it goes on")
            return FAILED
        return _say_late(refused, ack)

    return talk(args, do, once=args.wait is None)


def prepared(text: str) -> AnyOrder:
    """The order of `text` with what its files say: `spawn --from` one brief a line, `split --plan`
    a plan, `operation --file` an operation. Raises ValueError, OSError."""
    words = text.split()
    if words[:1] == ["spawn"] and "--from" in words:
        return _absolute(_briefed(text, words))
    if words[:1] == ["operation"] and "--file" in words:
        return _absolute(_from_file(text, words))
    made = notation.parse(text)
    if isinstance(made, Split) and made.plan and "[[" not in made.plan:
        return msgspec.structs.replace(made, plan=_read(made.plan))
    return _absolute(made)


def _briefed(text: str, words: list[str]) -> AnyOrder:
    name = _named(words, "--from")
    briefs = tuple(line.strip() for line in _read(name).splitlines() if line.strip())
    if not briefs:
        raise ValueError(f"{name} has no line that could be a brief")
    made = notation.parse(_without(text, "--from"))
    assert isinstance(made, Spawn)
    return msgspec.structs.replace(made, briefs=(*made.briefs, *briefs))


def _from_file(text: str, words: list[str]) -> AnyOrder:
    """The file's fields; what the order itself says comes first. A repository that the file names
    lies from where the file stands."""
    name = _named(words, "--file")
    said = read_operation(_read(name))
    own = _without(text, "--file").strip().removeprefix("operation").strip()
    if not own or own.startswith("--"):
        own = f"{_quoted(said.name)} {own}"
    if "--repo" not in own:
        beside = Path(name).parent if name != "-" else Path()
        own = f"{own} --repo {_quoted(str(beside / Path(said.repo).expanduser()))}"
    made = notation.parse(f"operation {own}")
    assert isinstance(made, Operation)
    wanted = ("base", "goal", "usd", "tokens", "success", "accept", "never", "ladder")
    filled = {field: getattr(said, field) for field in wanted if not getattr(made, field)}
    protect = made.protect or ",".join(said.protected)
    return msgspec.structs.replace(made, protect=protect, **filled)


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _named(words: list[str], option: str) -> str:
    at = words.index(option)
    if at + 1 >= len(words):
        raise ValueError(f"{option} wants a file, or - for standard input")
    return words[at + 1].strip('"')


def _without(text: str, option: str) -> str:
    return re.sub(rf"{option}\s+\S+", "", text, count=1)


def _read(name: str) -> str:
    return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")


def _absolute(order: AnyOrder) -> AnyOrder:
    """A repository is named from where the shell stands, not from where the engine does."""
    if isinstance(order, Operation | Spawn) and order.repo:
        return msgspec.structs.replace(order, repo=str(Path(order.repo).expanduser().absolute()))
    return order


def _take(
    rows: list[Row],
    mirror: Mirror,
    given: Given,
    refused: list[Late],
    told: asyncio.Event,
) -> None:
    mirror.rows(rows)
    for row in rows:
        if row.kind == "OrderRefused":
            event = load_entry(row).event
            if isinstance(event, OrderRefused) and event.id == given.id:
                refused.append((row.seq, row.thread, event))
    told.set()


def _over(mirror: Mirror, given: Given, ack: Ack) -> bool:
    """Carried out; pause: all paused; kill: fuse lit, with --now ended."""
    world = mirror.world
    if world.seq < ack.seq or given.id in world.given:
        return False
    states = {world.threads[t].state for t in ack.threads if t in world.threads}
    if isinstance(given.order, Pause):
        return states <= {"paused", "ended", "frozen", "dying", "crashed"}
    if isinstance(given.order, Kill):
        return states <= ({"ended"} if given.order.now else {"dying", "ended"})
    return True


def _say_refusals(ack: Ack) -> bool:
    """Say who refused; True when nobody takes the order."""
    for refusal in ack.refused:
        who = f"#{refusal.thread} " if refusal.thread else ""
        mend = f"; {refusal.mend}" if refusal.mend else ""
        say(f"{who}refused: {refusal.reason}: {refusal.text}{mend}")
    return bool(ack.refused) and not ack.threads


def _say_late(late: list[Late], ack: Ack) -> int:
    """What was found impossible only while it was carried out; 3 when it was the whole order."""
    said = [one for one in late if one[0] > ack.seq]
    for _, _, event in said:
        mend = f"; {event.mend}" if event.mend else ""
        say(f"refused: {event.reason.get('type')}: {event.text}{mend}")
    return REFUSED if any(not thread for _, thread, _ in said) else 0
