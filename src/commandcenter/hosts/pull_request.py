"""A result pushed to the person's remote, and a pull request made with their own `gh`."""

import asyncio
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Final

from commandcenter.core.base import Record
from commandcenter.core.text import one_line
from commandcenter.hosts.base import Host, Ran, Spawn
from commandcenter.hosts.git import Git, Sleep
from commandcenter.hosts.repository import WorkspaceError, commit_of, repository, told

LIMIT_S: Final = 120.0
_KEPT: Final = re.compile(
    r"PATH|HOME|USER|LOGNAME|LANG|TMPDIR|XDG_.*|SSH_AUTH_SOCK|GIT_SSH.*|DBUS_SESSION_BUS_ADDRESS|GH_.*"
    r"|GITHUB_TOKEN|GITHUB_ENTERPRISE_TOKEN|SSL_CERT_.*|GIT_SSL_CAINFO|(?i:https?|no|all)_(?i:proxy)"
)
_QUIET: Final = {
    "GIT_TERMINAL_PROMPT": "0",
    "GH_PROMPT_DISABLED": "1",
    "GH_NO_UPDATE_NOTIFIER": "1",
    "NO_COLOR": "1",
}
_ADDRESS: Final = re.compile(r"https://\S+")


class PullRequest(Record, frozen=True):
    """`commit` goes to `branch` of the remote and shall be merged into `base` there; `remote` "" =
    the one that `base` follows, else the only one, else origin."""

    commit: str
    branch: str
    base: str
    title: str
    body: str
    remote: str = ""


class Asked(Record, frozen=True):
    """The address of the pull request; `new` = it was not there before."""

    address: str
    remote: str
    branch: str
    new: bool = True


class PullRequests:
    """Pushes and asks as the person: with their own configuration and logins, without a hook."""

    def __init__(self, host: Host, sleep: Sleep) -> None:
        self._git = Git(host, sleep, "/")
        self._host = host

    async def pull_request(self, repo: str, wanted: PullRequest) -> Asked:
        """Push, then ask. Nothing is forced. Raises WorkspaceError with a remedy; when the push
        had worked before, the same call again goes on from there."""
        git = await repository(self._git, repo)
        program = shutil.which("gh")
        if program is None:
            remedy = "install GitHub's gh and log in once, or land by merge"
            raise WorkspaceError("workspace", "gh is not installed", remedy)
        with told():
            commit = await commit_of(git, wanted.commit)
            remote = wanted.remote or await _remote(git, wanted.base)
            await self._push(git.folder, remote, commit, wanted.branch)
            return await self._create(program, git.folder, remote, wanted)

    async def _push(self, folder: str, remote: str, commit: str, branch: str) -> None:
        way = f"{commit}:refs/heads/{branch}"
        argv = ("git", "-c", "core.hooksPath=/dev/null", "push", "--porcelain", "--no-verify")
        ran = await self._ran((*argv, "--end-of-options", remote, way), folder)
        if ran.code == 0:
            return
        said = ran.out + ran.err
        if b"non-fast-forward" in said or b"fetch first" in said:
            why = f"{remote} has other commits on {branch}"
            raise WorkspaceError("workspace", why, "give the branch another name")
        raise WorkspaceError("workspace", f"push to {remote}: {_last(ran)}", "try git push there")

    async def _create(self, gh: str, folder: str, remote: str, wanted: PullRequest) -> Asked:
        with tempfile.TemporaryDirectory(prefix="cc-pr-") as place:
            body = Path(place, "body.md")
            await asyncio.to_thread(body.write_text, wanted.body, "utf-8", "replace")
            title = one_line(wanted.title, 250)
            what = (f"--title={title}", f"--body-file={body}", f"--base={wanted.base}")
            argv = (gh, "pr", "create", *what, f"--head={wanted.branch}")
            ran = await self._ran(argv, folder)
        addresses = _ADDRESS.findall((ran.out + b"\n" + ran.err).decode("utf-8", "replace"))
        if ran.code == 0 and addresses:
            return Asked(addresses[-1], remote, wanted.branch)
        if b"already exists" in ran.err and addresses:
            return Asked(addresses[-1], remote, wanted.branch, new=False)
        why = f"{wanted.branch} is pushed, but gh says: {_last(ran)}"
        raise WorkspaceError("workspace", why, "see gh auth status, then land again")

    async def _ran(self, argv: tuple[str, ...], folder: str) -> Ran:
        env = {name: value for name, value in os.environ.items() if _KEPT.fullmatch(name)}
        ran = await self._host.run(Spawn(argv, folder, {**env, **_QUIET}), LIMIT_S)
        if ran.late:
            what = " ".join(argv[:1])
            raise WorkspaceError("workspace", f"{what} took longer than {LIMIT_S:g} s", "try again")
        return ran


async def _remote(git: Git, base: str) -> str:
    """Raises WorkspaceError when there is none."""
    follows = await git.ran("config", "--get", f"branch.{base}.remote")
    remotes = (await git.text("remote")).splitlines()
    follow = follows.out.decode("utf-8", "replace").strip()
    if follow in remotes:
        return follow
    if not remotes:
        remedy = "add one with git remote add, or land by merge"
        raise WorkspaceError("repository", "it has no remote", remedy)
    return "origin" if "origin" in remotes else remotes[0]


def _last(ran: Ran) -> str:
    said = (ran.err.strip() or ran.out.strip()).decode("utf-8", "replace").splitlines()
    return one_line(said[-1], 300) if said else f"ended with {ran.code}"
