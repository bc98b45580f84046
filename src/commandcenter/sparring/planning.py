"""What a practice model says when it is asked how work could be divided. Pure."""

import re
from collections.abc import Sequence

import msgspec

from commandcenter.core.conversation import Message

_ASKED = re.compile(r"exactly (\d{1,2}) (sub-tasks|different ways|questions)\b")
_FILE = re.compile(r"^- ([\w./-]+\.\w{1,5})$", re.M)
_WAYS = ("small steps", "tests first", "from the cause", "as the library does it")


def drawn_up(messages: Sequence[Message]) -> str:
    """As many tasks as the last message asks for, in the form it gives; "" = it asks for none."""
    text = messages[-1].text if messages else ""
    asked = _ASKED.search(text)
    if asked is None or '"tasks"' not in text:
        return ""
    count = int(asked[1])
    files = [name for name in _FILE.findall(text) if name.endswith(".py")] or _FILE.findall(text)
    tasks = [_task(number, files[number::count], asked[2]) for number in range(count)]
    block = msgspec.json.format(msgspec.json.encode({"tasks": tasks}), indent=2).decode()
    return f"It can be divided like this:\n```json\n{block}\n```"


def _task(number: int, files: list[str], what: str) -> dict[str, object]:
    if what == "different ways":
        return {"title": f"way {number + 1}", "hint": _WAYS[number % len(_WAYS)]}
    named = files[:4]
    stem = named[0].rsplit("/", 1)[-1].partition(".")[0].strip("_") if named else ""
    title = f"{stem.replace('_', ' ').strip() or 'the rest'}, part {number + 1}"
    brief = f"Do what the goal asks in {', '.join(named) or 'what is left'}; the tests stay green."
    return {"title": title, "brief": brief, "files": named, "share": 1}
