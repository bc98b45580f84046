"""What the practice models count: characters by a hidden ratio, and a simulated prefix cache."""

import hashlib
from collections import OrderedDict

import msgspec

from commandcenter.core.base import Record
from commandcenter.core.conversation import Usage
from commandcenter.sparring.chance import between
from commandcenter.sparring.directive import first_user_text
from commandcenter.sparring.inquiry import Inquiry
from commandcenter.sparring.scripts import Answer

CACHE_S = 300.0
CACHE_SIZE = 512
CACHE_LEAST = 1024
CACHE_GRAIN = 128
CHARS_PER_WORD = 6


class Counts(Record, frozen=True):
    """One call's ratio and counts in tokens; what an answer costs grows as it is sent."""

    ratio: float
    input: int
    cached_read: int
    cached_write: int
    thinking: int

    def usage(self, chars: int, thought: float = 1.0) -> Usage:
        """Usage after so many characters of text and arguments and that part of the thinking."""
        thinking = round(self.thinking * thought)
        output = thinking + max(1, round(chars / self.ratio))
        return Usage(self.input, self.cached_read, self.cached_write, output, thinking)


class PrefixCache:
    """Prefixes of conversations seen in the last 5 minutes, at most 512 of them."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, float] = OrderedDict()

    def longest(self, marks: list[tuple[str, int]], now: float) -> int:
        """Characters of the longest known prefix; the whole is then known as well. `now` in s."""
        known = 0
        for key, chars in marks:
            if (seen := self._seen.get(key)) is not None and now - seen <= CACHE_S:
                self._seen.move_to_end(key)
                known = chars
        if marks:
            self._seen[marks[-1][0]] = now
            self._seen.move_to_end(marks[-1][0])
        while len(self._seen) > CACHE_SIZE:
            self._seen.popitem(last=False)
        return known


def count(inquiry: Inquiry, answer: Answer, cache: PrefixCache, now: float) -> Counts:
    """The true counts of a call; the hidden ratio lies in 3.1 to 4.6 characters a token."""
    base = between(3.1, 4.6, answer.seed, first_user_text(inquiry.messages), "ratio")
    ratio = base / between(0.97, 1.03, answer.seed, inquiry.fingerprint, "call")
    pad, marks = answer.knobs.context_pad, _marks(inquiry)
    whole = round(marks[-1][1] / ratio) + pad
    known = cache.longest(marks, now)
    read = min(whole, round(known / ratio) + pad) if known and inquiry.kind != "ollama" else 0
    read = read // CACHE_GRAIN * CACHE_GRAIN if read >= CACHE_LEAST else 0
    write = 0
    if inquiry.kind == "anthropic" and whole >= CACHE_LEAST:
        write = (whole - read) * 9 // 10
    thinking = round(answer.knobs.think_words * CHARS_PER_WORD / ratio)
    return Counts(ratio, whole, read, write, thinking)


def _marks(inquiry: Inquiry) -> list[tuple[str, int]]:
    """Hash and characters of each prefix that ends with a message; the tools come first."""
    hashed = hashlib.sha256(inquiry.model.encode())
    encoded = msgspec.json.encode(inquiry.tools) if inquiry.tools else b""
    hashed.update(encoded)
    chars, marks = len(encoded), []
    for message in inquiry.messages:
        hashed.update(msgspec.json.encode(message))
        chars += len(message.text)
        chars += sum(len(call.name) + len(call.args_json) for call in message.tool_calls)
        chars += sum(len(result.text) for result in message.results)
        marks.append((hashed.hexdigest(), chars))
    return marks or [(hashed.hexdigest(), chars)]
