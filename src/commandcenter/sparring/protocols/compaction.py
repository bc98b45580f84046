"""A conversation made short: sealed into one item that only sparring can open again."""

import base64
import binascii
import zlib

import msgspec

from commandcenter.core.conversation import Message

MARK = "gAAAA-sparring-"
KEPT_CHARS = 200
OPENED_LIMIT = 8 * 2**20


def sealed(messages: tuple[Message, ...]) -> str:
    """What was said and done since the brief, each result cut short; one word of base64."""
    kept = [_short(message) for message in messages if message.role in ("assistant", "tool")]
    packed = zlib.compress(msgspec.json.encode(kept))
    return MARK + base64.urlsafe_b64encode(packed).decode()


def opened(text: str) -> list[Message]:
    """The messages of a sealed conversation; none for a foreign or a broken one."""
    if not text.startswith(MARK):
        return []
    try:
        packed = base64.urlsafe_b64decode(text.removeprefix(MARK))
        data = zlib.decompressobj().decompress(packed, OPENED_LIMIT)
        return msgspec.json.decode(data, type=list[Message])
    except (binascii.Error, zlib.error, msgspec.DecodeError):
        return []


def _short(message: Message) -> Message:
    results = tuple(
        msgspec.structs.replace(result, text=result.text[:KEPT_CHARS]) for result in message.results
    )
    calls = tuple(
        msgspec.structs.replace(call, args_json=call.args_json[:KEPT_CHARS])
        for call in message.tool_calls
    )
    return Message(message.role, message.text[:KEPT_CHARS], calls, results)
