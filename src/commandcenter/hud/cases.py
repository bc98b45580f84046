"""What an approval would do, read from its request: programs, paths, hosts; judges nothing."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from commandcenter.core.base import Record
from commandcenter.core.text import one_line, safe
from commandcenter.core.world import Ask, Head, World
from commandcenter.hud import weighing, words
from commandcenter.rules.shell import Simple, Unreadable, parse

MOST = 12
"""Programs, paths or hosts that are listed; the rest is counted."""
LONGEST = 400
PATHS = frozenset({"path", "file", "file_path", "notebook_path", "target", "folder"})
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://(?:[^\s/@'\"]*@)?(\[[0-9a-f:]+\]|[^\s/:'\"]+)", re.I)
_SCP = re.compile(r"(?<![\w/])[\w.-]+@([\w.-]+):")


class Effect(Record, frozen=True):
    """What a request names, each entry one line as the agent wrote it: to be made safe."""

    runs: tuple[str, ...] = ()
    """Every simple command of the line, also those inside others."""
    paths: tuple[str, ...] = ()
    """Absolute."""
    writes: tuple[str, ...] = ()
    """Absolute targets of redirections."""
    hosts: tuple[str, ...] = ()
    unread: str = ""
    """Why the line could not be taken apart."""


def effect(request: Mapping[str, Any]) -> Effect:
    """What the request names. Nothing is looked up: a variable or a link stays as it is written."""
    cwd, command = str(request.get("cwd", "")), line_of(request)
    named = [str(request[key]) for key in sorted(PATHS) if isinstance(request.get(key), str)]
    paths = [absolute(path, cwd) for path in named if path]
    text = " ".join(str(value) for value in request.values())
    if not command:
        return Effect(paths=_shown(paths), hosts=_shown(hosts(text)))
    try:
        nodes = list(_flat(parse(command)))
    except Unreadable as error:
        return Effect(paths=_shown(paths), hosts=_shown(hosts(text)), unread=one_line(str(error)))
    seen = [absolute(word, cwd) for node in nodes for word in node.words if _path(word)]
    targets = [absolute(path, cwd) for node in nodes for path in node.targets if path]
    return Effect(
        _shown(_run(node) for node in nodes if node.words),
        _shown([*paths, *seen]),
        _shown(targets),
        _shown(hosts(text)),
    )


def line_of(request: Mapping[str, Any]) -> str:
    """The command as one line; a list of words is quoted; empty = it runs none."""
    command = request.get("command")
    if isinstance(command, (list, tuple)):
        return " ".join(_quoted(str(word)) for word in command)
    return command if isinstance(command, str) else ""


def absolute(path: str, cwd: str) -> str:
    """The path as it is reached from the folder where the thread works."""
    plain = path.startswith(("/", "~", "$"))
    return path if plain or not cwd else posixpath.normpath(posixpath.join(cwd, path))


def hosts(text: str) -> list[str]:
    """The hosts of the addresses in a text, in order."""
    found = [match[1] for match in _URL.finditer(text)] + [m[1] for m in _SCP.finditer(text)]
    return [_labelled(host.lower()) for host in found]


def _labelled(host: str) -> str:
    """A host that is not ASCII with its A-label beside it."""
    return host if host.isascii() else safe(f"x://{host}")[4:]


def steps(head: Head) -> str:
    """What a step of the thread has cost so far: `about $0.03 a step`; empty = not known."""
    paid = head.spent.usd or head.spent.practice
    if not paid or not head.tokens.calls:
        return ""
    return f"about {words.usd(paid / head.tokens.calls, not head.spent.usd)} a step"


def cost(ask: Ask, world: World, now: int) -> tuple[tuple[str, str], ...]:
    """The Cost tab: pairs of a title and a sentence."""
    head = world.threads.get(ask.thread)
    if head is None:
        return ()
    waits = weighing.waiting(head, world, "warn" if ask.level != "R4" else "danger", now)
    limit = words.of_limit(head.limit, head.spent, head.tokens)
    pairs = [
        ("If allowed", steps(head) or "no step of it has a known price yet"),
        ("Spent so far", f"{words.paid(head)} · {words.tokens(head.tokens.total)} tokens"),
        ("Of its limit", limit if head.limit.usd is not None or head.limit.tokens else "no limit"),
        ("While it waits", waits.words() or "nothing"),
        ("Context", f"{words.tokens(head.context_used)} tokens are sent again with the next step"),
    ]
    operation = world.operations.get(head.operation)
    if operation is not None:
        spent = words.of_limit(operation.limit, operation.spent, operation.tokens)
        pairs.append(("Operation", f"{operation.name}: {spent}"))
    return tuple(pairs)


def _flat(nodes: list[Simple]) -> Iterator[Simple]:
    for node in nodes:
        yield node
        yield from _flat(node.inner)


def _run(node: Simple) -> str:
    before = f"{node.before} " if node.before not in ("", ";", "\n") else ""
    return before + " ".join(_quoted(word) for word in node.words)


def _quoted(word: str) -> str:
    """A word with spaces shows where it ends."""
    return word if word and not re.search(r"[\s'\"]", word) else f"'{word}'"


def _path(word: str) -> bool:
    return "/" in word.lstrip("-") and "://" not in word and not word.startswith("-")


def _shown(found: Iterator[str] | list[str]) -> tuple[str, ...]:
    unique = list(dict.fromkeys(found))
    more = (f"and {len(unique) - MOST} more",) if len(unique) > MOST else ()
    return (*(text.replace("\n", " ")[:LONGEST] for text in unique[:MOST]), *more)
