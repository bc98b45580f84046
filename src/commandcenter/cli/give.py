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
from commandcenter.core.orders import AnyOrder, Given, Kill, Operation, Pause, Spawn
from commandcenter.hud.mirror import Mirror
from commandcenter.link.base import Ack
from commandcenter.link.client import SocketLink

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
    """The order of `text`; `--from FILE` becomes one brief a line. Raises ValueError, OSError."""
    words = text.split()
    if "--from" not in words or words[0] != "spawn":
        return _absolute(notation.parse(text))
    at = words.index("--from")
    if at + 1 >= len(words):
        raise ValueError("--from wants a file, or - for standard input")
    name = words[at + 1].strip('"')
    source = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    briefs = tuple(line.strip() for line in source.splitlines() if line.strip())
    if not briefs:
        raise ValueError(f"{name} has no line that could be a brief")
    rest = re.sub(r"--from\s+\S+", "", text, count=1)
    made = notation.parse(rest)
    assert isinstance(made, Spawn)
    return _absolute(msgspec.structs.replace(made, briefs=(*made.briefs, *briefs)))


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
