"""Which paths the person's git would put through a program (LFS, git-crypt); ours never does, so
such a file must neither be stored nor put into their checkout by us."""

import tempfile
from pathlib import Path
from typing import Final

from commandcenter.hosts.git import Git, GitFailed
from commandcenter.hosts.repository import MOST

_NONE: Final = frozenset({"unspecified", "unset", "set", ""})
_ANY: Final = ("grep", "--quiet", "--text", "--fixed-strings", "-e", "filter=")
_ATTRIBUTES: Final = ":(top,glob)**/.gitattributes"
_WHERE: Final = ("rev-parse", "--path-format=absolute", "--git-common-dir")


async def filtered(git: Git, commit: str, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Those with a filter, by the attributes of `commit` in all its folders. Raises GitFailed."""
    if not paths or (await git.ran(*_ANY, commit, "--", _ATTRIBUTES)).code != 0:
        return ()
    store = await git.text(*_WHERE)
    with tempfile.TemporaryDirectory(prefix="cc-filters-") as folder:
        apart = Git(git.host, git.sleep, folder, git.config)
        index = str(Path(folder, "index"))
        env = {"GIT_DIR": store, "GIT_WORK_TREE": folder, "GIT_INDEX_FILE": index}
        await apart.text("read-tree", commit, env=env)
        given = "\0".join(paths).encode("utf-8", "surrogateescape")
        call = ("check-attr", "--cached", "-z", "--stdin", "filter")
        ran = await apart.ran(*call, env=env, stdin=given, limit=MOST)
    if ran.code != 0:
        raise GitFailed(ran, "check-attr")
    fields = ran.out.decode("utf-8", "surrogateescape").split("\0")
    rows = zip(fields[::3], fields[2::3], strict=False)
    return tuple(path for path, value in rows if value not in _NONE)
