"""Where an operation's integration branch stands, and its move, by compare and swap alone."""

from typing import Final

from commandcenter.core.base import Record
from commandcenter.hosts.base import Host
from commandcenter.hosts.checkpoints import INTEGRATION
from commandcenter.hosts.git import Git, GitFailed, Sleep
from commandcenter.hosts.hidden import found, holds, moved
from commandcenter.hosts.repository import WorkspaceError, commit_of, listed, repository, told
from commandcenter.hosts.workspace import slug

_CHECK_OUT: Final = "check out another branch there"


class Tip(Record, frozen=True):
    """`branch` is its short name; `commit` "" = it does not exist yet."""

    branch: str
    commit: str


class Integration:
    """The branches `cc/integration/<operation>` of any repository."""

    def __init__(self, host: Host, sleep: Sleep) -> None:
        self._git = Git(host, sleep, "/")

    async def tip(self, repo: str, operation: str) -> Tip:
        """Raises WorkspaceError."""
        git = await repository(self._git, repo)
        ref = f"{INTEGRATION}{slug(operation)}"
        return Tip(ref.removeprefix("refs/heads/"), await found(git, ref))

    async def move(self, repo: str, operation: str, new: str, old: str) -> None:
        """`old` "" = it must not exist. Raises WorkspaceError, also when it stands elsewhere or is
        checked out somewhere."""
        git = await repository(self._git, repo)
        ref = f"{INTEGRATION}{slug(operation)}"
        short = ref.removeprefix("refs/heads/")
        with told():
            for one in await listed(git):
                if one.branch == short:
                    why = f"{short} is checked out in {one.path}"
                    raise WorkspaceError("workspace", why, _CHECK_OUT)
            try:
                await moved(git, ref, await commit_of(git, new), old)
            except GitFailed as error:
                now = await found(git, ref)
                if now == old:
                    raise
                why = f"{short} has moved meanwhile"
                raise WorkspaceError("workspace", why, "give it again") from error

    async def commit(self, repo: str, name: str) -> str:
        """The full id of a commit-ish, "" = there is none. Raises WorkspaceError."""
        git = await repository(self._git, repo)
        return await found(git, name)

    async def holds(self, repo: str, name: str, older: str) -> bool:
        """Is `older` behind it? False when there is no such commit-ish. Raises WorkspaceError."""
        git = await repository(self._git, repo)
        with told():
            commit = await found(git, name)
            return bool(commit) and await holds(git, commit, older)

    async def remotes(self, repo: str) -> tuple[str, ...]:
        """Names, as git lists them. Raises WorkspaceError."""
        git = await repository(self._git, repo)
        with told():
            return tuple((await git.text("remote")).split())
