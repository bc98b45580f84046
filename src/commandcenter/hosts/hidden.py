"""Commits of ours on hidden refs: what is pinned there is never lost, and knows what it holds."""

from typing import Final

from commandcenter.hosts.git import Git, GitFailed

SPACE: Final = "refs/commandcenter"
OUR_NAME: Final = "commandcenter"
OUR_MAIL: Final = "commandcenter@localhost"
_MARK: Final = "Commandcenter-State"
GRAFTS: Final = {"GIT_REPLACE_REF_BASE": f"{SPACE}/grafts/"}
"""With it git also sees which states a commit holds that its own parents do not tell of: a clean
history for the person, and no conflict of a thread with its own earlier result."""
_ROLES: Final = ("AUTHOR", "COMMITTER")
_WALK: Final = 1_000


def signed(name: str = "", mail: str = "") -> dict[str, str]:
    """The environment that signs a commit, ours by default."""
    env = {f"GIT_{role}_NAME": name or OUR_NAME for role in _ROLES}
    return env | {f"GIT_{role}_EMAIL": mail or OUR_MAIL for role in _ROLES}


async def committed(
    git: Git, tree: str, parents: tuple[str, ...], message: str, env: dict[str, str] | None = None
) -> str:
    """The id of a new commit that nothing points to yet. Raises GitFailed."""
    above = (part for parent in dict.fromkeys(parents) if parent for part in ("-p", parent))
    args = ("commit-tree", tree, *above)
    ran = await git.ran(*args, stdin=message.encode("utf-8", "replace"), env=env or signed())
    if ran.code != 0:
        raise GitFailed(ran, "commit-tree")
    return ran.out.decode().strip()


async def state(git: Git, tree: str, parents: tuple[str, ...], title: str) -> str:
    """A commit of a working state; its first parent is the HEAD it stood on. Raises GitFailed."""
    return await committed(git, tree, parents, f"{title}\n\n{_MARK}: uncommitted\n")


async def stands_on(git: Git, commit: str) -> str:
    """The commit itself, or for a working state the HEAD that it stood on. Raises GitFailed."""
    shown = ("log", "--first-parent", f"--max-count={_WALK}", "--format=%H %ce %(trailers:key=")
    text = await git.text(*shown[:3], f"{shown[3]}{_MARK},valueonly,separator=)", commit, "--")
    for line in text.splitlines():
        found, _, rest = line.partition(" ")
        if rest != f"{OUR_MAIL} uncommitted":
            return found
    return commit


async def states_between(git: Git, old: str, new: str) -> bool:
    """Is any working state of ours among what `new` adds to `old`? Raises GitFailed."""
    search = ("--max-count=1", "--fixed-strings", f"--grep={_MARK}: uncommitted")
    return bool(await git.text("rev-list", *search, new, f"^{old}", "--"))


async def holds(git: Git, commit: str, older: str, env: dict[str, str] | None = None) -> bool:
    """Is `older` the commit or behind it?"""
    if commit == older:
        return True
    ran = await git.ran("merge-base", "--is-ancestor", older, commit, env=env)
    if ran.code not in (0, 1):
        raise GitFailed(ran, "merge-base")
    return ran.code == 0


async def found(git: Git, ref: str) -> str:
    """The commit a ref points to, "" = there is none."""
    ran = await git.ran("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
    return ran.out.decode().strip() if ran.code == 0 else ""


async def pinned(git: Git, ref: str, commit: str) -> str:
    """Keep a commit on a hidden ref; what the ref kept before stays behind it, so the answer may
    be a new commit of the same files. Raises GitFailed."""
    before = await found(git, ref)
    if before and not await holds(git, commit, before):
        tree = await git.text("rev-parse", f"{commit}^{{tree}}")
        on = await stands_on(git, commit)
        commit = await state(git, tree, (on, commit, before), "kept with what was kept before")
    await moved(git, ref, commit, before)
    return commit


async def moved(git: Git, ref: str, new: str, old: str) -> None:
    """Compare and swap; `old` "" = it must not exist. Raises GitFailed."""
    await git.text("update-ref", "-m", "commandcenter", ref, new, old or "0" * len(new))


async def noted(git: Git, ref: str, commit: str) -> None:
    """Point a hidden ref there, wherever it was. Raises GitFailed."""
    await git.text("update-ref", ref, commit)


async def grafted(git: Git, commit: str, more: tuple[str, ...]) -> None:
    """From now on `GRAFTS` shows the commit with these further parents. Raises GitFailed."""
    raw = await git.ran("cat-file", "commit", commit)
    if raw.code != 0:
        raise GitFailed(raw, "cat-file")
    head, _, rest = raw.out.partition(b"\nauthor ")
    extra = b"".join(b"\nparent " + parent.encode() for parent in dict.fromkeys(more))
    whole = head + extra + b"\nauthor " + rest
    made = await git.ran("hash-object", "-t", "commit", "-w", "--stdin", stdin=whole)
    if made.code != 0:
        raise GitFailed(made, "hash-object")
    await git.text("update-ref", f"{SPACE}/grafts/{commit}", made.out.decode().strip())
