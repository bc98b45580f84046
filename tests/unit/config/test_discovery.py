"""First run: what is there is named, values are not, nothing outside loopback is asked."""

import asyncio
import socket
import time
from pathlib import Path

from commandcenter.config.discovery import Discovery, discover


def free_address() -> tuple[str, int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return ("127.0.0.1", server.getsockname()[1])


def test_nothing_there(tmp_path: Path) -> None:
    start = time.perf_counter()
    assert discover({"PATH": str(tmp_path)}, free_address()) == Discovery()
    assert time.perf_counter() - start < 1.0


def test_keys_by_name_and_agents_by_path(tmp_path: Path) -> None:
    (tmp_path / "claude").write_text("#!/bin/sh\n")
    (tmp_path / "claude").chmod(0o755)
    (tmp_path / "codex").write_text("not executable")
    found = discover({"PATH": str(tmp_path), "OPENAI_API_KEY": "sk-hidden"}, free_address())
    assert found.keys == ("OPENAI_API_KEY",)
    assert [(agent.name, agent.path) for agent in found.agents] == [
        ("claude", str(tmp_path / "claude"))
    ]
    assert [(a.id, a.kind, a.key_ref) for a in found.offers] == [
        ("openai", "chat", "env:OPENAI_API_KEY")
    ]
    assert "sk-hidden" not in repr(found)


async def test_ollama_that_answers() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.0 200 OK\r\n\r\n{"version":"0.1"}')
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        address = server.sockets[0].getsockname()
        found = await asyncio.to_thread(discover, {}, address)
    assert found.ollama == f"http://127.0.0.1:{address[1]}"
    assert [a.kind for a in found.offers] == ["ollama"]


def test_a_silent_port_is_not_ollama() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        start = time.perf_counter()
        assert discover({}, server.getsockname()).ollama == ""
        assert time.perf_counter() - start < 1.0
