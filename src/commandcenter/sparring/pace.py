"""An answer cut into pieces, each with the pause before it."""

import re
from typing import Literal

from msgspec.structs import replace

from commandcenter.core.base import Record
from commandcenter.sparring.chance import between
from commandcenter.sparring.scripts import Answer

PieceKind = Literal["thought", "text", "open", "args", "close"]
TICK_S = 0.04
FAST_WORDS = 16
_WORDS = re.compile(r"\s*\S+\s*")
_THOUGHTS = re.findall(
    r"\S+", "the test says what is wrong so look at the function it names and change only that"
)


class Piece(Record, frozen=True):
    """A part of an answer: `wait_s` at speed 1 from the piece before; `thought` of the thinking."""

    kind: PieceKind
    wait_s: float = 0.0
    text: str = ""
    thought: float = 1.0


def pieces_of(answer: Answer, fingerprint: str, speed: float) -> list[Piece]:
    """The answer as pieces of a tick of wall time each, drawn from its seed; waits at speed 1."""
    words = _thinking(answer) + _said(answer)
    key = (answer.seed, fingerprint)
    timed = _timed(words, answer, key)
    tick = TICK_S * speed if answer.knobs.rate > 0 else 0.0
    grouped: list[Piece] = []
    for piece in timed:
        if grouped and _joins(grouped[-1], piece, tick):
            last = grouped[-1]
            grouped[-1] = replace(
                last,
                wait_s=last.wait_s + piece.wait_s,
                text=last.text + piece.text,
                thought=piece.thought,
            )
        else:
            grouped.append(piece)
    return grouped


def _joins(last: Piece, piece: Piece, tick: float) -> bool:
    if last.kind != piece.kind or piece.kind in ("open", "close"):
        return False
    if tick == 0.0:
        return last.text.count(" ") < FAST_WORDS
    return last.wait_s + piece.wait_s < tick


def _thinking(answer: Answer) -> list[Piece]:
    """Thinking that most clients never see; its words only take time and tokens."""
    total = answer.knobs.think_words
    return [
        Piece("thought", text=f"{_THOUGHTS[n % len(_THOUGHTS)]} ", thought=(n + 1) / total)
        for n in range(total)
    ]


def _said(answer: Answer) -> list[Piece]:
    pieces = [Piece("text", text=word) for word in _WORDS.findall(answer.text)]
    if answer.call is not None:
        pieces.append(Piece("open"))
        pieces += [Piece("args", text=word) for word in _WORDS.findall(answer.call.args_json)]
        pieces.append(Piece("close"))
    return pieces


def _timed(words: list[Piece], answer: Answer, key: tuple[object, ...]) -> list[Piece]:
    knobs = answer.knobs
    first = between(*knobs.ttft_ms, *key, "ttft") / 1000
    timed = []
    for n, piece in enumerate(words):
        wait = 0.0
        if knobs.rate > 0 and piece.kind in ("thought", "text", "args"):
            wait = between(1 - knobs.jitter, 1 + knobs.jitter, *key, n) / knobs.rate
        if n == len(words) // 2:
            wait += knobs.stall_s
        timed.append(replace(piece, wait_s=wait + (first if n == 0 else 0.0)))
    whole = sum(piece.wait_s for piece in timed)
    if answer.longest_s is not None and whole > answer.longest_s:
        share = answer.longest_s / whole
        timed = [replace(piece, wait_s=piece.wait_s * share) for piece in timed]
    return timed
