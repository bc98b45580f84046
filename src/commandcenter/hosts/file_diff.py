"""The diff of one file of a worktree, so that a long list of files need not be read whole."""

from commandcenter.core.base import Record
from commandcenter.hosts.base import Host
from commandcenter.hosts.changes import PLAIN, literal
from commandcenter.hosts.git import Git, GitFailed, Sleep
from commandcenter.hosts.repository import opened, told
from commandcenter.hosts.snapshot import all_named


class OneFile(Record, frozen=True):
    """A unified diff; "" = it does not differ. `cut` = it is longer than the limit."""

    text: str
    cut: bool = False


class FileDiffs:
    """Of any worktree."""

    def __init__(self, host: Host, sleep: Sleep) -> None:
        self._git = Git(host, sleep, "/")

    async def of(self, folder: str, commit: str, path: str, limit: int) -> OneFile:
        """From a commit to the file as it is, new ones too. Raises WorkspaceError."""
        git = await opened(self._git, folder)
        with told():
            async with all_named(git) as env:
                args = ("diff", *PLAIN, "--end-of-options", commit, "--", *literal((path,)))
                ran = await git.ran(*args, env=env, limit=limit)
            if ran.code != 0:
                raise GitFailed(ran, "diff")
        return OneFile(ran.out.decode("utf-8", "replace"), ran.cut)
