"""Blocks of ports: tried by bind, kept, told to processes; which of them listen."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from commandcenter.hosts import ports
from commandcenter.hosts.ports import NoPorts, PortBlocks, block, listening, port_env

SEED = 700


@pytest.fixture
def busy() -> Iterator[int]:
    """Someone listens in the block after the first free one."""
    first = PortBlocks(seed=SEED).claim()
    with socket.create_server(("127.0.0.1", first + 3)):
        yield first


def test_a_block_where_something_listens_is_passed_over(busy: int) -> None:
    blocks = PortBlocks(seed=SEED)
    first = blocks.claim()
    assert first > busy
    assert first % 10 == 0
    assert blocks.claim() > first
    assert listening(block(busy)) == (busy + 3,)
    assert listening(()) == ()
    assert listening(block(first)) == ()


def test_every_address_of_localhost_counts() -> None:
    blocks = PortBlocks(seed=SEED + 20)
    first = blocks.claim()
    blocks.release(first)
    with socket.create_server(("", first + 9)):
        assert blocks.claim() > first
        assert listening(block(first)) == (first + 9,)


def test_a_block_stays_taken_until_it_is_released() -> None:
    taken = set(range(20_000, 30_000, 10)) - {20_010, 29_990}
    blocks = PortBlocks(taken, seed=1)
    assert {blocks.claim(), blocks.claim()} == {20_010, 29_990}
    with pytest.raises(NoPorts, match="every block of ten ports from 20000 to 29999 is taken"):
        blocks.claim()
    blocks.release(20_010)
    blocks.keep(20_010)
    with pytest.raises(NoPorts):
        blocks.claim()


def test_what_processes_are_told() -> None:
    assert port_env(0, ("API_PORT",)) == {}
    assert port_env(20_010) == {"PORT": "20010", "CC_PORT": "20010"}
    told = port_env(20_010, ("WEB_PORT", "API_PORT"))
    assert (told["WEB_PORT"], told["API_PORT"]) == ("20010", "20011")
    assert list(block(0)) == []


def test_without_the_kernels_table_they_are_asked() -> None:
    class Quiet(BaseHTTPRequestHandler):
        pass

    with HTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.handle_request, daemon=True)
        thread.start()
        assert ports._answers(server.server_port)
        thread.join(5)
    assert not ports._answers(server.server_port)
