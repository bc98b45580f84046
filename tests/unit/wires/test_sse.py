"""Events come out the same wherever the bytes were cut."""

import pytest

from commandcenter.wires.base import Frame, FrameError
from commandcenter.wires.sse import SseSplitter


def events(parts: list[bytes], limit: int = 1000) -> tuple[list[tuple[bytes, bytes]], int, int]:
    """Names and data of the events, errors, and the bytes all frames account for."""
    splitter = SseSplitter(limit)
    frames = [frame for part in parts for frame in splitter.feed(part)] + splitter.end()
    read = [(f.name, f.data) for f in frames if isinstance(f, Frame) and f.data]
    errors = sum(isinstance(frame, FrameError) for frame in frames)
    return read, errors, sum(frame.size for frame in frames)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_fields_comments_and_blank_lines(line_end: bytes) -> None:
    stream = (
        b"\xef\xbb\xbfdata: a\n\n: comment\n\n\n\nevent: x\nid: 7\nretry: 5\n: inner\n"
        b"data:b\ndata:  c\ndata\n\nevent: only\n\ndata: \xc3\xa9 : x\n\ndata: last"
    ).replace(b"\n", line_end)
    expected = [(b"", b"a"), (b"x", b"b\n c\n"), (b"", b"\xc3\xa9 : x"), (b"", b"last")]
    for cut in range(len(stream)):
        assert events([stream[:cut], stream[cut:]]) == (expected, 0, len(stream))
    assert events([bytes([byte]) for byte in stream]) == (expected, 0, len(stream))


def test_an_event_is_given_as_soon_as_it_ends() -> None:
    splitter = SseSplitter()
    assert splitter.feed(b"data: a\n") == []
    assert splitter.feed(b"\n") == [Frame(b"", b"a", 9)]
    assert splitter.feed(b":ping\n") == [Frame(b"", b"", 6)]


def test_an_overlong_event_is_one_error_and_the_next_is_read() -> None:
    stream = b"data: a\n\ndata: " + b"x" * 300 + b"\n" + b"y" * 300 + b"\n\ndata: b\n\n"
    for step in (1, 7, 64, 1000):
        parts = [stream[at : at + step] for at in range(0, len(stream), step)]
        assert events(parts, 256) == ([(b"", b"a"), (b"", b"b")], 1, len(stream))
    assert events([b"data: " + b"x" * 300], 256)[1:] == (1, 306)


def test_comments_for_ever_take_no_memory_and_no_time() -> None:
    splitter = SseSplitter()
    for _ in range(100):
        assert all(frame.size for frame in splitter.feed(b":keepalive\n" * 10_000))
    assert splitter.feed(b"data: a\n\n")[-1] == Frame(b"", b"a", 9)
