"""The person's own command and webhook."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from commandcenter.testing.engines import Bench


@asynccontextmanager
async def hook(status: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A webhook on loopback; what it got."""
    got: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        got.append(await reader.readexactly(length))
        writer.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", got
    finally:
        server.close()


def alerts(bench: Bench) -> list[str]:
    found = bench.engine.parts.world.alerts.values()
    return [alert.line for alert in found if alert.category == "notify" and not alert.cleared]


async def ticks(bench: Bench, count: int) -> None:
    """So many seconds of the engine's clock."""
    until = bench.engine.parts.clock.monotonic() + count
    await bench.until(lambda: bench.engine.parts.clock.monotonic() > until)


async def test_command_and_webhook_are_told_what_waits(tmp_path: Path) -> None:
    told = tmp_path / "told.json"
    async with hook(b"204 No Content") as (url, got):
        settings = (f"notify.command=cat > {told}", f"notify.webhook={url}", "notify.after_s=0")
        bench = await Bench.open(tmp_path / "home", settings, flat=True)
        [thread] = await bench.spawn()
        bench.session(thread).run("pip install x")
        await bench.until(lambda: bool(got) and told.exists() and told.stat().st_size > 0)
        said = json.loads(got[0])
        assert json.loads(told.read_text()) == said
        assert (said["kind"], said["thread"]) == ("needs", thread)
        assert said["answers"] == ["commandcenter order 'deny 1'"], (
            "R3 is allowed at the screen alone"
        )
        await ticks(bench, 2)
        assert len(got) == 1
        assert alerts(bench) == []
        await bench.close()


async def test_what_cannot_be_delivered_is_one_alert(tmp_path: Path) -> None:
    settings = ("notify.command=echo broken >&2; exit 3", "notify.after_s=0")
    bench = await Bench.open(tmp_path / "home", settings, flat=True)
    for thread in await bench.spawn(2):
        bench.session(thread).run("pip install x")
    await bench.until(lambda: bool(alerts(bench)))
    await ticks(bench, 2)
    [line] = alerts(bench)
    assert "notify.command ended with 3: broken" in line
    await bench.close()


async def test_a_webhook_that_refuses_is_said(tmp_path: Path) -> None:
    async with hook(b"500 No") as (url, _):
        settings = (f"notify.webhook={url}", "notify.after_s=0")
        bench = await Bench.open(tmp_path / "home", settings, flat=True)
        [thread] = await bench.spawn()
        bench.session(thread).run("pip install x")
        await bench.until(lambda: bool(alerts(bench)))
        assert "answered HTTP 500" in alerts(bench)[0]
        await bench.close()
