"""Commands that ask the engine: status, threads, operations, approvals, alerts, events."""

import argparse
import asyncio
import fcntl
import sys
import time
from collections.abc import Iterable
from typing import Any

import msgspec

from commandcenter.cli import records
from commandcenter.cli.connection import home, say, talk, world
from commandcenter.cli.transcript import lines
from commandcenter.core.codec import Row
from commandcenter.core.text import one_line
from commandcenter.link.client import SocketLink

PAGE = 5_000


def status(args: argparse.Namespace) -> int:
    """The engine in one screen of text."""

    async def do(link: SocketLink) -> int:
        found = await link.query("status")
        if args.json:
            return show(found)
        for key, value in found.items():
            sys.stdout.write(f"{key:16} {_plain(value)}\n")
        return 0

    return talk(args, do)


def threads(args: argparse.Namespace) -> int:
    """Every thread of the journal that has not been purged."""

    async def do(link: SocketLink) -> int:
        now = await world(link)
        live = {int(k): v for k, v in (await link.query("status"))["live"].items()}
        found = [records.thread(h, now, live.get(h.id, 0)) for h in now.threads.values()]
        if args.json:
            return show(found)
        return table(
            (
                f"#{t['id']}",
                t["name"],
                t["operation"],
                t["seen"],
                t["activity"] or t["outcome"] or t["state"],
                t["model"],
                f"{t['tokens']['input'] + t['tokens']['output']} tok",
                one_line(t["last_line"], 60),
            )
            for t in found
        )

    return talk(args, do)


def operations(args: argparse.Namespace) -> int:
    """Goals with their repositories."""

    async def do(link: SocketLink) -> int:
        found = [records.operation(o) for o in (await world(link)).operations.values()]
        if args.json:
            return show(found)
        return table(
            (o["name"], f"{len(o['threads'])} threads", o["repo"], o["goal"]) for o in found
        )

    return talk(args, do)


def approvals(args: argparse.Namespace) -> int:
    """What waits for the player."""

    async def do(link: SocketLink) -> int:
        now = await world(link)
        found = [records.approval(ask, time.time_ns()) for ask in now.asks.values()]
        if args.json:
            return show(found)
        return table(
            (str(a["id"]), f"#{a['thread']}", a["level"], a["line"], f"{a['waited_s']:.0f} s")
            for a in found
        )

    return talk(args, do)


def alerts(args: argparse.Namespace) -> int:
    """What needs you, first what comes first; then what only happened."""

    async def do(link: SocketLink) -> int:
        found = records.attention(await world(link), time.time_ns())
        if args.json:
            return show(found)
        return table(
            (a["severity"], a["line"], f"x{a['times']}", a["why"], a["mend"]) for a in found
        )

    return talk(args, do)


def stop(args: argparse.Namespace) -> int:
    """End the engine cleanly and wait until it is gone."""

    async def do(link: SocketLink) -> int:
        await link.query("stop")
        await link.gone()
        return 0

    code = talk(args, do)
    if code:
        return code
    lock = home(args).data / "engine.lock"
    with lock.open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
    return code


def events(args: argparse.Namespace) -> int:
    """Entries, oldest first; with --follow one JSON object a line for ever."""

    async def do(link: SocketLink) -> int:
        since = await _past(link, args)
        if args.follow:
            await _follow(link, args, since)
        return 0

    return talk(args, do)


async def _past(link: SocketLink, args: argparse.Namespace) -> int:
    since = int(args.since)
    found: list[dict[str, Any]] = []
    while rows := await link.read(args.thread, since, PAGE):
        since = rows[-1].seq
        if args.json and not args.follow:
            found += [records.entry(row) for row in rows]
        else:
            _print(rows, as_json=args.json or args.follow)
    if args.json and not args.follow:
        show(found)
    return since


async def _follow(link: SocketLink, args: argparse.Namespace, since: int) -> None:
    """Poll by reading: what is committed is there, in order, text included."""
    while True:
        sys.stdout.flush()
        rows = await link.read(args.thread, since, PAGE)
        if rows:
            since = rows[-1].seq
            _print(rows, as_json=True)
        else:
            await asyncio.sleep(0.1)


def _print(rows: Iterable[Row], *, as_json: bool) -> None:
    for row in rows:
        record = records.entry(row)
        if as_json:
            sys.stdout.write(msgspec.json.encode(record).decode() + "\n")
        else:
            text = one_line(msgspec.json.encode(record["data"]).decode(), 120)
            who = f"#{row.thread}" if row.thread else "-"
            sys.stdout.write(f"{row.seq:8} {who:6} {row.kind:18} {text}\n")


def transcript(args: argparse.Namespace) -> int:
    """The items of one thread."""

    async def do(link: SocketLink) -> int:
        now = await world(link)
        if args.id not in now.threads:
            say(f"there is no thread #{args.id}; commandcenter threads lists what there is")
            return 3
        rows: list[Row] = []
        since = 0
        while page := await link.read(args.id, since, PAGE):
            rows += page
            since = page[-1].seq
        items = lines(rows)
        if args.json:
            return show(items)
        for item in items:
            sys.stdout.write(f"[{item['kind']}] {item['text']}\n")
        return 0

    return talk(args, do)


def show(document: Any) -> int:
    """One JSON document."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n")
    return 0


def table(rows: Iterable[tuple[str, ...]]) -> int:
    """Columns as wide as they must be; nothing for no rows but a word."""
    listed = list(rows)
    if not listed:
        say("nothing")
        return 0
    widths = [max(len(row[i]) for row in listed) for i in range(len(listed[0]))]
    for row in listed:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        sys.stdout.write("  ".join(cells).rstrip() + "\n")
    return 0


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return "  ".join(f"{k}={_plain(v)}" for k, v in value.items()) or "-"
    if isinstance(value, list):
        return " | ".join(_plain(v) for v in value) or "-"
    return str(value)
