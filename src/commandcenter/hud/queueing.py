"""What runs, what waits and what is blocked, thread by thread, with what it is about to cost."""

from collections.abc import Iterator, Sequence

from commandcenter.core.base import Record
from commandcenter.core.world import Head, OpenCall, World
from commandcenter.hud import words
from commandcenter.hud.seen import face, seen

SECTIONS = ("Running", "Waiting", "Queued", "Blocked")
_WAITS = {"pausing": "stops at its next safe point", "paused": "paused", "frozen": "frozen"}


class Line(Record, frozen=True):
    """One line of the queue: what a thread does or waits for. `key` is its identity."""

    key: str
    thread: int
    section: str
    name: str
    text: str
    glyph: str
    color: str


def lines(world: World, now: int) -> list[Line]:
    """By section, in each the longest first; `now` = wall ns."""
    found = [line for head in world.threads.values() for line in _of(head, world, now)]
    order = {name: number for number, name in enumerate(SECTIONS)}
    age = {head.id: head.moved for head in world.threads.values()}
    return sorted(found, key=lambda line: (order[line.section], age[line.thread], line.key))


def free(world: World, ids: Sequence[int]) -> bool:
    """Does none of them do anything or wait for anything: what is queued there is given at once."""
    heads = [world.threads[thread] for thread in ids if thread in world.threads]
    return all(h.state == "idle" and not h.orders and not h.queue and not h.loop for h in heads)


def _of(head: Head, world: World, now: int) -> Iterator[Line]:
    if head.state == "ended":
        return
    state = seen(head, world.accounts.get(head.account))
    for call in _calls(head, world):
        yield _line(head, world, now, ("Running", f"call:{call.call}", _call(call, head, now)))
    if head.tool:
        ago = words.age(words.since(head.tool_since, now))
        yield _line(head, world, now, ("Running", f"tool:{head.id}", f"{head.tool} · {ago}"))
    if head.waits_for and state != "needs you":
        yield _line(head, world, now, ("Waiting", f"gate:{head.id}", head.waits_for))
    elif head.state in _WAITS:
        yield _line(head, world, now, ("Waiting", f"hold:{head.id}", _WAITS[head.state]))
    for number, queued in enumerate(head.queue, 1):
        text = f"{number}. your words: {queued.note or 'text'}"
        yield _line(head, world, now, ("Queued", f"text:{queued.item}", text))
    for number, order in enumerate(head.orders, 1):
        text = f"{number}. {order.text.replace(' @self', '')}"
        yield _line(head, world, now, ("Queued", f"order:{order.id}", text))
    if state == "needs you":
        text = face(head, world, now).line
        yield _line(head, world, now, ("Blocked", f"blocked:{head.id}", text))


def _calls(head: Head, world: World) -> list[OpenCall]:
    return [world.calls[call] for call in head.calls_open if call in world.calls]


def _call(call: OpenCall, head: Head, now: int) -> str:
    """What it may cost: what is reserved for it until it settles; money where its kind is known."""
    held = f"{words.tokens(call.reserved)} tok"
    spent = head.spent
    if call.reserved_usd is not None and (spent.usd or spent.practice):
        held += f", {words.usd(call.reserved_usd, not spent.usd)}"
    ago = words.age(words.since(call.since, now))
    return f"{words.plain(call.model)} · {ago} · at most {held} held"


def _line(head: Head, world: World, now: int, what: tuple[str, str, str]) -> Line:
    section, key, text = what
    look = face(head, world, now)
    name = words.plain(head.name)
    return Line(key, head.id, section, name, words.plain(text), f"state:{look.glyph}", look.color)
