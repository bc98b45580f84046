"""What the screen asks of results: the shapes are in `hud.results`, which says what each is."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from commandcenter.core.base import Record
from commandcenter.core.codec import load_entry
from commandcenter.core.events import Critiqued, Verified
from commandcenter.core.orders import Merge
from commandcenter.core.refusals import Refused, UnseenWork
from commandcenter.core.shaping import OP
from commandcenter.core.world import Head, World
from commandcenter.engine import landing, merging
from commandcenter.engine.handlers.mending import preview
from commandcenter.engine.landing_ways import ways
from commandcenter.engine.reclaiming import MEASURE_S, measure
from commandcenter.engine.results import changed_since, moves, success_of
from commandcenter.hosts.changes import ChangedFile
from commandcenter.hosts.checkpoints import Since
from commandcenter.hosts.workspace import WorkspaceError
from commandcenter.hud.results import (
    MOST_FILES,
    MOST_SIDES,
    ClashTexts,
    Compared,
    Disk,
    Draft,
    FileChange,
    FileDiff,
    Judgement,
    Output,
    Overlap,
    Place,
    Preview,
    Side,
    Taken,
)

if TYPE_CHECKING:
    from commandcenter.engine.engine import Engine
    from commandcenter.engine.parts import Parts

Args = dict[str, Any]
TEXT: Final = 256 * 1024
"""Bytes of the diff of one file."""
PLACES: Final = 20


def _head(engine: "Engine", args: Args) -> Head | None:
    return engine.parts.world.threads.get(int(args.get("thread", 0)))


def _told(found: Record) -> dict[str, Any]:
    return dict(msgspec.to_builtins(found, enc_hook=str))


# --- side by side -----------------------------------------------------------------------------


async def compare(engine: "Engine", args: Args) -> dict[str, Any]:
    """Up to four results side by side."""
    threads = engine.parts.world.threads
    asked = [int(one) for one in args.get("threads", ())]
    heads = [threads[one] for one in dict.fromkeys(asked) if one in threads][:MOST_SIDES]
    sides = tuple([await _side(engine.parts, head) for head in heads])
    success = {success_of(engine.parts, head) for head in heads}
    return _told(
        Compared(
            sides,
            _overlaps(sides),
            _places(engine.parts.world, heads),
            success.pop() if len(success) == 1 else "",
        )
    )


async def _side(parts: "Parts", head: Head) -> Side:
    since, why = await _since(parts, head)
    verdict, critique = head.verified, head.critique
    stale = verdict is not None and await _stale(parts, head, verdict.commit)
    judged_stale = critique is not None and await _stale(parts, head, critique.commit)
    spent = head.spent
    return Side(
        head.id,
        head.name,
        head.agent,
        head.model,
        head.state,
        head.kind,
        head.parent,
        None if spent.unknown else spent.usd,
        spent.plan,
        spent.practice,
        head.tokens.total,
        head.turn,
        head.branch,
        head.base,
        tuple(_change(file) for file in since.files[:MOST_FILES]),
        max(0, len(since.files) - MOST_FILES),
        since.added,
        since.removed,
        max(0, head.results - head.diff_seen),
        verdict,
        stale,
        bool(head.verifying),
        critique,
        judged_stale,
        bool(head.judging),
        head.merging,
        head.landed,
        head.line,
        why,
    )


async def _since(parts: "Parts", head: Head) -> tuple[Since, str]:
    if not head.workspace:
        kept = f"its worktree was removed; its files are on {head.kept_ref}"
        return Since((), 0, 0, ""), kept if head.kept_ref else "it has no worktree yet"
    try:
        return await parts.checkpoints.since(head.workspace, head.base, 1), ""
    except WorkspaceError as error:
        return Since((), 0, 0, ""), error.why


async def _stale(parts: "Parts", head: Head, commit: str) -> bool:
    if not head.workspace or not commit:
        return True
    try:
        return await changed_since(parts, head, commit)
    except WorkspaceError:
        return True


def _change(file: ChangedFile) -> FileChange:
    return FileChange(file.path, file.added, file.removed, file.how, file.binary)


def _overlaps(sides: tuple[Side, ...]) -> tuple[Overlap, ...]:
    by: defaultdict[str, list[int]] = defaultdict(list)
    for side in sides:
        for file in side.files:
            by[file.path].append(side.thread)
    both = ((path, threads) for path, threads in sorted(by.items()) if len(threads) > 1)
    return tuple(Overlap(path, tuple(threads)) for path, threads in both)[:MOST_FILES]


def _places(world: World, heads: list[Head]) -> tuple[Place, ...]:
    """Where all of them can go: their parent, their operation, then other threads."""
    if not heads:
        return ()
    found = [_place(world, into, heads) for into in _intos(world, heads)]
    return tuple(found[:PLACES])


def _intos(world: World, heads: list[Head]) -> list[str]:
    likely = []
    for head in heads:
        try:
            likely.append(merging.goal(world, "", head).into)
        except Refused:
            continue
    likely += [f"{OP}{head.operation}" for head in heads if head.operation]
    asked = {head.id for head in heads}
    others = [
        f"#{one.id}"
        for one in world.threads.values()
        if one.state != "ended" and one.repo == heads[0].repo and one.workspace
    ]
    known = dict.fromkeys(likely + others)
    return [into for into in known if into not in {f"#{one}" for one in asked}]


def _place(world: World, into: str, heads: list[Head]) -> Place:
    number = into.removeprefix("#")
    target = world.threads.get(int(number)) if number.isdecimal() else None
    name = target.name if target is not None else into.removeprefix(OP)
    title = f"{name} ({into})" if target is not None else f"operation {name}"
    try:
        for head in heads:
            merging.goal(world, into, head)
    except Refused as no:
        return Place(into, title, no.reason.text(), no.reason.mend())
    reason = moves(target) if target is not None else None
    if reason is not None:
        return Place(into, title, reason.text(), reason.mend())
    return Place(into, title)


# --- one of them ------------------------------------------------------------------------------


async def filediff(engine: "Engine", args: Args) -> dict[str, Any]:
    """The diff of one file."""
    head, path = _head(engine, args), str(args.get("path", ""))
    if head is None:
        return {}
    if not head.workspace:
        return _told(FileDiff(path, why="it has no worktree"))
    since = str(args.get("since") or head.base)
    try:
        found = await engine.parts.gits.files.of(head.workspace, since, path, TEXT)
    except WorkspaceError as error:
        return _told(FileDiff(path, why=error.why))
    why = "" if found.text else "it does not differ"
    return _told(FileDiff(path, found.text, found.cut, why))


async def previewed(engine: "Engine", args: Args) -> dict[str, Any]:
    """What `merge` would do."""
    head = _head(engine, args)
    if head is None:
        return {}
    order = _order(args)
    into, title = order.into, ""
    try:
        to = merging.goal(engine.parts.world, order.into, head)
        place = _place(engine.parts.world, to.into, [head])
        into, title = to.into, place.title
        merging.check(engine, order, head)
        seen = await preview(engine, order, head)
    except Refused as no:
        return _told(Preview(into, title, why=no.reason.text(), mend=no.reason.mend()))
    files = tuple(_change(file) for file in seen.files)
    unseen = max(0, head.results - head.diff_seen)
    found = Preview(into, title, files, seen.conflicts, seen.unknown)
    return _told(
        replace(
            found,
            line=_sentence(found, head, success_of(engine.parts, head)),
            second=UnseenWork(unseen).text() if unseen else "",
        )
    )


def _order(args: Args) -> Merge:
    files = args.get("files") or ()
    named = files if isinstance(files, str) else ",".join(str(one) for one in files)
    return Merge(f"#{args['thread']}", str(args.get("into") or ""), named)


def _sentence(found: Preview, head: Head, success: str) -> str:
    if found.conflicts:
        count = len(found.conflicts)
        return f"{count} {'file' if count == 1 else 'files'} changed on both sides: nothing is done"
    if not found.files:
        return "nothing of it differs there"
    count = len(found.files)
    what = f"changes {count} {'file' if count == 1 else 'files'} of {found.title}"
    if not found.into.startswith(OP):
        return f"{what}, after a checkpoint there"
    return f"{what}, if `{success}` is green on the result" if success else f"{what}, unverified"


async def clash(engine: "Engine", args: Args) -> dict[str, Any]:
    """Both sides of one conflict."""
    head, path = _head(engine, args), str(args.get("path", ""))
    if head is None:
        return {}
    try:
        seen = await preview(engine, _order(args), head)
        texts = await engine.parts.gits.merging.texts(head.repo, seen, path)
    except Refused as no:
        return _told(ClashTexts(path, why=no.reason.text()))
    except WorkspaceError as error:
        return _told(ClashTexts(path, why=error.why))
    return _told(ClashTexts(path, texts.base, texts.ours, texts.theirs, texts.marked))


async def output(engine: "Engine", args: Args) -> dict[str, Any]:
    """What the success command printed last."""
    head = _head(engine, args)
    if head is None:
        return {}
    parts, verdict = engine.parts, head.verified
    since = head.verifying_at if head.verifying else 0
    if verdict is None:
        return _told(Output(running_since=since))
    event = await _entry(parts, verdict.seq)
    text = event.output if isinstance(event, Verified) else ""
    stale = await _stale(parts, head, verdict.commit)
    return _told(Output(verdict.seq, text, verdict, stale, since))


async def judgement(engine: "Engine", args: Args) -> dict[str, Any]:
    """All that the critic said last."""
    head = _head(engine, args)
    if head is None:
        return {}
    parts, critique = engine.parts, head.critique
    if critique is None:
        return _told(Judgement())
    event = await _entry(parts, critique.seq)
    text = event.text if isinstance(event, Critiqued) else ""
    return _told(
        Judgement(critique.seq, text, critique, await _stale(parts, head, critique.commit))
    )


async def _entry(parts: "Parts", seq: int) -> object:
    rows = await parts.reader.rows(seq - 1, 1) if seq else []
    return load_entry(rows[0]).event if rows and rows[0].seq == seq else None


async def drafted(engine: "Engine", args: Args) -> dict[str, Any]:
    """Title and body of a pull request."""
    head = _head(engine, args)
    if head is None:
        return {}
    try:
        found = await landing.draft(engine.parts, head)
    except Refused as no:
        return _told(Draft(why=no.reason.text()))
    return _told(Draft(found.title, found.body, found.branch, found.base, found.remote))


async def landing_ways(engine: "Engine", args: Args) -> dict[str, Any]:
    """What each of the four ways will touch."""
    head = _head(engine, args)
    return {} if head is None else _told(await ways(engine.parts, head))


async def disk(engine: "Engine", args: Args) -> dict[str, Any]:
    """What worktrees take, measured now, at most 5 s in all."""
    parts = engine.parts
    until = parts.clock.monotonic() + MEASURE_S
    taken = []
    for head in list(parts.world.threads.values()):
        if head.workspace:
            whole = await _measured(engine, head, until - parts.clock.monotonic())
            used = parts.world.threads[head.id].disk
            ended = head.state == "ended"
            taken.append(Taken(head.id, head.name, used, whole, ended, head.workspace))
    taken.sort(key=lambda one: -one.bytes)
    shared = {one.folder: one.bytes for one in taken}
    whole = all(one.whole for one in taken)
    return _told(Disk(tuple(taken), sum(shared.values()), whole, await _orphans(parts)))


async def _measured(engine: "Engine", head: Head, left_s: float) -> bool:
    """False = not wholly; without time left what was known stands."""
    if left_s <= 0:
        return False
    try:
        return await measure(engine, head.id, left_s)
    except Refused:
        return False


async def _orphans(parts: "Parts") -> tuple[str, ...]:
    heads = parts.world.threads.values()
    known = frozenset(head.workspace for head in heads if head.workspace)
    found: list[str] = []
    for repo in dict.fromkeys(head.repo for head in heads if head.repo):
        try:
            found += await parts.gits.reclaiming.orphans(repo, str(parts.worktrees), known)
        except WorkspaceError:
            continue
    return tuple(dict.fromkeys(found))


RESULTS: dict[str, Callable[["Engine", Args], Awaitable[Any]]] = {
    "compare": compare,
    "filediff": filediff,
    "preview": previewed,
    "clash": clash,
    "output": output,
    "judgement": judgement,
    "draft": drafted,
    "landing": landing_ways,
    "disk": disk,
}
