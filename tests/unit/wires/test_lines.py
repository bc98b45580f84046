"""Lines come out the same wherever the bytes were cut."""

from commandcenter.wires.base import Frame, FrameError
from commandcenter.wires.lines import LineSplitter


def lines(parts: list[bytes], limit: int = 1000) -> tuple[list[bytes], int, int]:
    """Data of the lines, errors, and the bytes all frames account for."""
    splitter = LineSplitter(limit)
    frames = [frame for part in parts for frame in splitter.feed(part)] + splitter.end()
    read = [frame.data for frame in frames if isinstance(frame, Frame) and frame.data]
    errors = sum(isinstance(frame, FrameError) for frame in frames)
    return read, errors, sum(frame.size for frame in frames)


def test_line_ends_blanks_and_a_last_line_without_end() -> None:
    stream = b'\xef\xbb\xbf{"a":1}\r\n\n \n{"b":2}\n\t{"c":3} \nlast'
    expected = [b'{"a":1}', b'{"b":2}', b'{"c":3}', b"last"]
    for cut in range(len(stream)):
        assert lines([stream[:cut], stream[cut:]]) == (expected, 0, len(stream))
    assert lines([bytes([byte]) for byte in stream]) == (expected, 0, len(stream))


def test_an_overlong_line_is_one_error_and_the_next_is_read() -> None:
    stream = b"a\n" + b"x" * 600 + b"\nb\n" + b"y" * 300
    for step in (1, 7, 64, 1000):
        parts = [stream[at : at + step] for at in range(0, len(stream), step)]
        assert lines(parts, 256) == ([b"a", b"b"], 2, len(stream))
