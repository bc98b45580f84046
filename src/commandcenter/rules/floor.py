"""The floor of safety.md 2.3: names and commands that no rule, grant or order makes allowed."""

import posixpath
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Final, Literal

Mode = Literal["read", "write"]

_PROGRAMS: Final = (
    "sudo su doas pkexec sudoedit runuser shutdown reboot poweroff halt crontab nc ncat netcat"
    " setcap visudo commandcenter"
)
_NEVER: Final = frozenset(_PROGRAMS.split())

_SHELL_START: Final = (
    ".bashrc .bash_profile .bash_login .bash_logout .profile .zshrc .zshenv .zprofile .zlogin"
    " .zlogout .kshrc .cshrc .tcshrc .login .logout .inputrc"
)
_WRITE: Final = frozenset(
    ".git config.worktree .commandcenter .claude .codex .gemini .vscode .idea .mcp.json"
    f" .envrc .xprofile {_SHELL_START}".split()
)
_SECRET: Final = frozenset([".env", ".netrc", ".ssh", ".aws", ".gnupg", ".pgpass"])


def folded(name: str) -> str:
    """A file name as the laxest file system compares it: no case, no invisible characters."""
    shown = "".join(c for c in name if unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFC", shown.casefold())


def refused_name(parts: Sequence[str], mode: Mode) -> str | None:
    """Why a path of these components, beneath a workspace, may not be read or written; None
    when nothing here speaks against it. Holds for names that do not exist yet, too."""
    for part in parts:
        name = folded(part)
        if name in _SECRET or name.startswith(".env.") or name.endswith(".env"):
            return f"{part} may hold secrets: agents neither read nor write it"
        if mode == "write" and name in _WRITE:
            return f"{part} changes what tools run: agents do not write it"
    return None


def refused_argv(argv: Sequence[str], folder: str = "") -> str | None:
    """Why one simple command, already without wrappers, is denied; None when it is not.

    `folder` is the workspace's real path, "" when unknown.
    """
    if not argv:
        return None
    name = folded(posixpath.basename(argv[0]))
    if name in _NEVER or name.startswith(("mkfs", "mke2fs")):
        return f"{name} is never run for an agent"
    if name == "rm":
        return _rm(argv[1:], folder)
    check = _CHECKS.get(name)
    return check(argv[1:]) if check else None


def _rm(args: Sequence[str], folder: str) -> str | None:
    if any(_reaches(a, folder) for a in args if not a.startswith("-")):
        return "rm that reaches /, the home or a parent of the workspace"
    return "rm without its guard of /" if "--no-preserve-root" in args else None


def _reaches(operand: str, folder: str = "") -> bool:
    """Whether a literal operand is /, a folder directly below it, the home, or a parent."""
    home = re.sub(r"^(\$HOME|\$\{HOME\})(?=/|$)", "~", operand)
    path = posixpath.normpath(home)
    path = path[:-2] if path.endswith("/*") else path
    if home.startswith("/"):
        above = f"{folder.rstrip('/')}/".startswith(f"{path.rstrip('/')}/")
        return path.strip("/").count("/") == 0 or (bool(folder) and above)
    return path.rstrip("/") == "~" or path == ".*" or set(path.split("/")) == {".."}


def _chmod(args: Sequence[str]) -> str | None:
    parts = [part for a in args for part in a.split(",") if len(part) <= 32]
    if any(re.fullmatch(r"[ugoa]*[+=][rwxXt]*s\w*|0*[2-7]\d{3}", part) for part in parts):
        return "setuid and setgid bits are never set for an agent"
    deep = any(re.match(r"-\w*R|--recursive", a) for a in args)
    if deep and any(_reaches(a) for a in args if not a.startswith("-")):
        return "a mode change over /, the home or a parent of the workspace"
    return None


def _dd(args: Sequence[str]) -> str | None:
    outputs = [a[3:] for a in args if a.startswith("of=")]
    return next((why for o in outputs if (why := refused_target(o))), None)


_GIT_VALUE: Final = frozenset(["-C", "-c", "--git-dir", "--work-tree", "--namespace"])
_PUSH: Final = frozenset(["-f", "--force", "-d", "--delete", "--mirror", "--prune"])


def git_verb(args: Sequence[str]) -> tuple[str, Sequence[str]]:
    """The sub-command of git and what follows it; "" when there is none."""
    index = 0
    while index < len(args) and args[index].startswith("-"):
        index += 2 if args[index] in _GIT_VALUE else 1
    return (args[index], args[index + 1 :]) if index < len(args) else ("", ())


def _git(args: Sequence[str]) -> str | None:
    verb, rest = git_verb(args)
    if verb != "push":
        return None
    for arg in rest:
        forced = arg in _PUSH or arg.startswith("--force-with-lease")
        short = len(arg) <= 8 and re.fullmatch(r"-[a-z]*[fd][a-z]*", arg)
        if forced or short or arg.startswith(("+", ":")):
            return "a push that forces or deletes what others have"
    return None


def _container(args: Sequence[str]) -> str | None:
    text = " ".join(args)
    mounts = re.search(r"(^| )(-v|--volume)[ =]?[\"']?[/~.$]|type=bind|docker\.sock", text)
    if mounts or re.search(r"--privileged|--(pid|net|network|ipc|userns)[ =]host", text):
        return "a container with the host's files or rights"
    return None


def _engine(args: Sequence[str]) -> str | None:
    ours = any("commandcenter" in folded(a) for a in args)
    return "signals to the engine or screen" if ours else None


def _systemctl(args: Sequence[str]) -> str | None:
    if set(args) & {"reboot", "poweroff", "halt", "kexec", "suspend", "hibernate"}:
        return "systemctl that stops the machine"
    return _engine(args)


def _python(args: Sequence[str]) -> str | None:
    for index, arg in enumerate(args[:-1]):
        if arg == "-m" and args[index + 1].split(".")[0] == "commandcenter":
            return "an agent gives no orders to its own engine"
    return None


def _written(args: Sequence[str]) -> str | None:
    operands = [a for a in args if not a.startswith("-")]
    return next((why for o in operands if (why := refused_target(o))), None)


def _last_written(args: Sequence[str]) -> str | None:
    return _written(args[-1:])


def _unset(args: Sequence[str]) -> str | None:
    return "the mark of a thread is not taken off" if {"CC_THREAD", "CC_HOME"} & set(args) else None


_ADDRESS: Final = re.compile(
    r"169\.254\.169\.254|metadata\.google\.internal|100\.100\.100\.200|fd00:ec2::254", re.I
)
_HOST: Final = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?(?P<user>[^/?#]*@)?(?P<host>[^/?#:]+)", re.I)
_NUMERIC: Final = re.compile(r"(0x[0-9a-f]+|\d+)(\.(0x[0-9a-f]+|\d+)){0,3}", re.I)
_ELSEWHERE: Final = ("--resolve", "--connect-to", "--proxy", "--preproxy", "--socks", "--doh-url")


def _fetch(args: Sequence[str]) -> str | None:
    for arg in args:
        if arg == "-x" or arg.startswith(_ELSEWHERE):
            return f"{arg.split('=')[0]} connects elsewhere than the address says"
        if arg.startswith("@") and refused_name(arg[1:].split("/"), "read"):
            return "it posts a file that may hold secrets"
        found = _HOST.match(arg)
        if found is None or arg.startswith("-"):
            continue
        if found["user"] and "://" in arg:
            return "an address with a user in it hides its host"
        if _NUMERIC.fullmatch(found["host"]) and ("://" in arg or "." in arg):
            return "a numeric address instead of a host"
    return None


def _lookup(args: Sequence[str]) -> str | None:
    hosts = [a for a in args if not a.startswith("-")]
    return "a host that is not literal" if any("$" in h or "`" in h for h in hosts) else None


def _rsync(args: Sequence[str]) -> str | None:
    remote = any("::" in a or a.startswith("rsync://") for a in args)
    return "files to or from an rsync daemon" if remote else None


def refused_target(path: str) -> str | None:
    """Why a redirect or copy may not write to this literal path; None when it may be asked."""
    clean = posixpath.normpath(path)
    if clean.startswith("/dev/"):
        free = clean in ("/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty")
        return None if free else "a write to a device"
    return refused_name([p for p in clean.split("/") if p not in ("", "..")], "write")


def refused_address(text: str) -> str | None:
    """Why a line that names this address is denied: the clouds' metadata services."""
    return "a cloud metadata address" if _ADDRESS.search(text) else None


_CHECKS: Final[dict[str, Callable[[Sequence[str]], str | None]]] = {
    "chmod": _chmod, "dd": _dd, "git": _git, "systemctl": _systemctl,
    "pkill": _engine, "killall": _engine, "kill": _engine, "unset": _unset,
    "tee": _written, "touch": _written, "truncate": _written, "mkdir": _written,
    "cp": _last_written, "mv": _last_written, "ln": _last_written, "install": _last_written,
    **dict.fromkeys(("docker", "podman", "nerdctl"), _container),
    **dict.fromkeys(("python", "python3"), _python),
    **dict.fromkeys(("curl", "wget"), _fetch),
    **dict.fromkeys(("ping", "dig", "host", "nslookup"), _lookup),
    "rsync": _rsync,
}  # fmt: skip
