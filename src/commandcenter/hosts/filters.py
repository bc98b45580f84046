"""Which paths the person's git would put through a program (LFS, git-crypt); ours never does, so
such a file must neither be stored nor put into their checkout by us."""

import asyncio
import tempfile
from pathlib import Path
from typing import Final

from commandcenter.hosts.git import Git, GitFailed
from commandcenter.hosts.repository import MOST

_NONE: Final = frozenset({"unspecified", "unset", "set", ""})
_WHERE: Final = ("rev-parse", "--path-format=absolute", "--git-common-dir")


async def filtered(git: Git, commit: str, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Those with a filter, by the attributes at the top of `commit`. Raises GitFailed."""
    attributes = await git.ran("cat-file", "blob", f"{commit}:.gitattributes")
    if not paths or attributes.code != 0 or b"filter=" not in attributes.out:
        return ()
    store = await git.text(*_WHERE)
    with tempfile.TemporaryDirectory(prefix="cc-filters-") as folder:
        await asyncio.to_thread(Path(folder, ".gitattributes").write_bytes, attributes.out)
        apart = Git(git.host, git.sleep, folder, git.config)
        env = {"GIT_DIR": store, "GIT_WORK_TREE": folder}
        given = "\0".join(paths).encode("utf-8", "surrogateescape")
        call = ("check-attr", "-z", "--stdin", "filter")
        ran = await apart.ran(*call, env=env, stdin=given, limit=MOST)
    if ran.code != 0:
        raise GitFailed(ran, "check-attr")
    fields = ran.out.decode("utf-8", "surrogateescape").split("\0")
    rows = zip(fields[::3], fields[2::3], strict=False)
    return tuple(path for path, value in rows if value not in _NONE)
