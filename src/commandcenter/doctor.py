"""What works on this machine: one line each, with the command that mends it. Changes nothing."""

import asyncio
import ctypes
import os
import platform
import re
import shutil
import sqlite3
import stat
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import Awaitable, Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Literal

import msgspec

from commandcenter import __version__
from commandcenter.config import resource
from commandcenter.config.accounts import load_accounts
from commandcenter.config.discovery import discover
from commandcenter.config.folders import SOCKET_PATH_MAX, Folders, folders
from commandcenter.config.qt_pair import qt_refusal, qt_version
from commandcenter.config.secrets import Keys
from commandcenter.config.settings import load_settings
from commandcenter.core.base import Record
from commandcenter.drivers.base import AgentSpec
from commandcenter.drivers.catalog import load_agents, program
from commandcenter.hosts.cgroup import probe
from commandcenter.journal.disk import file_system, free_bytes

Level = Literal["ok", "degraded", "broken"]
EXITS: dict[Level, int] = {"ok": 0, "degraded": 1, "broken": 5}
LIMIT_S = 4.0
"""Of any one check; all run side by side."""

KEYRING_S = 1.0
"""The keyring holds the whole report up while it thinks."""
FILES_WANTED = 8192
SUBREAPER = 37  # PR_GET_CHILD_SUBREAPER, prctl(2)
MIB = 1024 * 1024
FREE_NEEDED, FREE_WANTED = 64 * MIB, 1024 * MIB
PACKAGES = ("PySide6-Essentials", "qasync", "httpx", "h11", "msgspec", "sqlite-utils", "psutil")
INSTALL = "sudo apt-get install"
SANDBOX = "none: not sandboxed by us"
KNOWN_LIMIT = (
    "without a process sandbox, programs of the same user can read an agent's environment and so"
    " its session secret; it buys model calls on that thread's budget, nothing else"
)
LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfreetype.so.6": "libfreetype6",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
}
QT_PROGRAM = """
import sys
from PySide6.QtGui import QFontDatabase, QGuiApplication
app = QGuiApplication(sys.argv[:1])
families = set()
for file in sys.argv[1:]:
    number = QFontDatabase.addApplicationFont(file)
    families.update(QFontDatabase.applicationFontFamilies(number) if number >= 0 else ())
print("platform", app.platformName(), "fonts", ",".join(sorted(families)))
"""
QT_ANSWER = re.compile(r"^platform (?P<platform>\S+) fonts (?P<fonts>.*)$", re.MULTILINE)


class Finding(Record, frozen=True):
    """One line: what, how it stands, and one command that mends it ("" = nothing to mend)."""

    name: str
    level: Level
    text: str
    fix: str = ""


class Report(Record, frozen=True):
    """What `--json` prints; `exit` = 0 all good, 1 degraded, 5 cannot run."""

    exit: int
    findings: tuple[Finding, ...]


class Asked(Record, frozen=True):
    """What a program answered: exit code (-1 = none in time) and its output."""

    code: int
    text: str


Check = Callable[[Folders], Awaitable[list[Finding]]]


def run(json: bool, home: Path | None = None) -> int:
    """Print the report, within 5 s; the exit code is its worst line: 0, 1 or 5."""
    report = examine(folders(home))
    if json:
        print(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())
        return report.exit
    for found in report.findings:
        print(f"{found.level:9} {found.name:16} {found.text}")
        if found.fix:
            print(f"{'':9} {'':16} -> {found.fix}")
    return report.exit


def examine(place: Folders) -> Report:
    """All checks on this machine, for the home `place`."""
    if sys.platform == "win32":
        only = Finding("platform", "broken", "Windows: WSL2 only", "wsl --install -d Debian")
        return Report(EXITS["broken"], (only,))
    findings = tuple(asyncio.run(_all(place)))
    return Report(max(EXITS[found.level] for found in findings), findings)


async def _all(place: Folders) -> list[Finding]:
    lists = await asyncio.gather(*(_guarded(name, check, place) for name, check in CHECKS))
    return [found for one in lists for found in one]


async def _guarded(name: str, check: Check, place: Folders) -> list[Finding]:
    """A check that hangs or fails is a line of the report, not the end of it."""
    try:
        return await asyncio.wait_for(check(place), LIMIT_S)
    except TimeoutError:
        return [Finding(name, "degraded", f"no answer within {LIMIT_S:.0f} s")]
    except (OSError, ValueError) as error:
        return [Finding(name, "broken", str(error))]


async def _system(_place: Folders) -> list[Finding]:
    wsl = "microsoft" in platform.release().lower()
    name = f"{platform.system()} {platform.release()} {platform.machine()}"
    text = name + (" (WSL2)" if wsl else "")
    return [Finding("platform", "ok", text), _python(), _packages(), _sqlite()]


def _python() -> Finding:
    return Finding("python", "ok", f"{platform.python_version()} in {sys.prefix}")


def _packages() -> Finding:
    missing, found = [], [f"commandcenter {__version__}"]
    for name in PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return Finding("packages", "broken", f"missing: {', '.join(missing)}", "make setup")
    return Finding("packages", "ok", ", ".join(found))


def _sqlite() -> Finding:
    """The WAL-reset fault of 3.7.0-3.51.2 needs two writing connections; we have one."""
    text = f"SQLite {sqlite3.sqlite_version}, at risk: no (one writer)"
    if sqlite3.sqlite_version_info < (3, 38):
        return Finding("sqlite", "broken", f"{text}; 3.38 is the oldest that works", "make setup")
    return Finding("sqlite", "ok", text)


async def _git(_place: Folders) -> list[Finding]:
    path = shutil.which("git")
    if path is None:
        return [Finding("git", "broken", "not found: no worktrees", f"{INSTALL} git")]
    return [Finding("git", "ok", (await _ask(path, "--version")).text)]


async def _agents(place: Folders) -> list[Finding]:
    """Every agent of the catalog: where it is, or how to get it."""
    specs = [spec for spec in load_agents(place.config).values() if spec.command]
    lines = await asyncio.gather(*(_agent(spec) for spec in specs))
    return [Finding("agent native", "ok", f"built in, {__version__}"), *lines]


async def _agent(spec: AgentSpec) -> Finding:
    name, path = f"agent {spec.id}", program(spec, os.environ.get("PATH", ""))
    if not path:
        return Finding(name, "ok", f"not installed: {spec.install_hint}")
    answer = await _ask(path, "--version")
    version = answer.text.splitlines()[0][:60] if answer.text else "no version"
    login = (
        f"; commandcenter order 'allow-login {spec.id}' lets its login pass" if spec.login else ""
    )
    text = f"{version} at {path}, not sandboxed by us{login}"
    return Finding(name, "ok" if answer.code == 0 else "degraded", text)


async def _settings(place: Folders) -> list[Finding]:
    settings = load_settings(place.config)
    text = f"day limit {settings.budget.day_usd:.2f} USD, at most {settings.live_max} threads"
    return [Finding("settings", "ok", text)]


async def _endpoints(place: Folders) -> list[Finding]:
    """Keys by name, never by value."""
    seen = await asyncio.to_thread(discover)
    accounts = load_accounts(place.config)
    keys = Keys(place.config, dict(os.environ), KEYRING_S)
    told = [f"{one.id} ({one.kind}, {one.base_url})" for one in accounts.values()]
    names = ", ".join(seen.keys) or "none in the environment"
    add = "commandcenter accounts add ollama --kind ollama --url http://127.0.0.1:11434"
    lines = [
        Finding("accounts", "ok", ", ".join(told) or "none yet; the skirmish needs none"),
        Finding("provider keys", "ok", names),
        Finding("ollama", "ok", f"answers at {seen.ollama}" if seen.ollama else "does not answer"),
    ]
    if seen.ollama and not accounts:
        lines[0] = Finding("accounts", "ok", "none yet, but Ollama answers", add)
    backend = keys.backend()
    if backend == "none":
        text = f"none usable: keys would lie in {place.config / 'keys.json'}, 0600"
        lines.append(Finding("keyring", "degraded", text, f"{INSTALL} gnome-keyring"))
    else:
        lines.append(Finding("keyring", "ok", backend))
    return lines


async def _sandbox(_place: Folders) -> list[Finding]:
    text = f"{SANDBOX}; {KNOWN_LIMIT}"
    if sys.platform == "linux" and shutil.which("bwrap") is None:
        text = f"{SANDBOX}, and bubblewrap, which later tiers use, is absent; {KNOWN_LIMIT}"
        return [Finding("sandbox", "degraded", text, f"{INSTALL} bubblewrap")]
    return [Finding("sandbox", "ok", text)]


async def _processes(_place: Folders) -> list[Finding]:
    groups = probe(f"doctor-{os.getpid()}")
    if groups is not None:
        groups.close()
    adopts = (
        sys.platform == "linux"
        and ctypes.CDLL(None).prctl(SUBREAPER, ctypes.byref(ctypes.c_int())) == 0
    )
    how = "freeze and kill by control group" if groups else "freeze and kill by walk and signal"
    reaped = "escapers come to us (subreaper)" if adopts else "no subreaper"
    level: Level = "ok" if groups or adopts or sys.platform == "darwin" else "degraded"
    return [Finding("process control", level, f"{how}; {reaped}"), _open_files()]


def _open_files() -> Finding:
    """What the engine may raise its limit to."""
    import resource as system  # absent on Windows

    hard = system.getrlimit(system.RLIMIT_NOFILE)[1]
    if hard != system.RLIM_INFINITY and hard < FILES_WANTED:
        return Finding("open files", "degraded", f"{hard}", f"ulimit -n {FILES_WANTED}")
    return Finding("open files", "ok", f"{FILES_WANTED} (RLIMIT_NOFILE)")


async def _screen(_place: Folders) -> list[Finding]:
    """Is there a display, does Qt open it, and do our fonts load."""
    version = qt_version()
    if refusal := qt_refusal(version):
        return [Finding("qt", "broken", refusal, "make setup")]
    offscreen, shown = await asyncio.gather(_ask_qt("offscreen"), _display(version))
    found = QT_ANSWER.search(offscreen.text)
    if not found:
        return [_qt_fault("qt", "broken", version, offscreen)]
    return [Finding("qt", "ok", f"PySide6 {version}"), _fonts(found["fonts"]), shown]


async def _display(version: str) -> Finding:
    """Does the desktop's own platform open? Without one the engine and screenshots still work."""
    named = [f"{n}={os.environ[n]}" for n in ("DISPLAY", "WAYLAND_DISPLAY") if os.environ.get(n)]
    if not named and sys.platform != "darwin":
        text = "none: the screen can only be painted to a file (commandcenter screenshot)"
        return Finding("display", "degraded", text, "export DISPLAY=:0")
    answer = await _ask_qt("")
    found = QT_ANSWER.search(answer.text)
    if not found:
        return _qt_fault("display", "degraded", f"{version} on {' '.join(named)}", answer)
    return Finding("display", "ok", f"{' '.join(named)} by {found['platform']}")


async def _ask_qt(platform_name: str) -> Asked:
    """Start Qt on a platform ("" = the desktop's) with our fonts, in a process of its own."""
    files = sorted(str(path) for path in resource("fonts").rglob("*.?tf"))
    environ = {**os.environ, "QT_DEBUG_PLUGINS": "1"}
    environ.pop("QT_QPA_PLATFORM", None)
    if platform_name:
        environ["QT_QPA_PLATFORM"] = platform_name
    return await _ask(sys.executable, "-c", QT_PROGRAM, *files, environ=environ)


def _qt_fault(name: str, level: Level, version: str, answer: Asked) -> Finding:
    """Name the missing library's package; else Qt's own last words."""
    text = f"PySide6 {version} does not start"
    missing = " ".join(sorted(_missing_libraries(answer.text)))
    if missing:
        return Finding(name, level, f"{text}: no {missing}", f"{INSTALL} {missing}")
    lines = [line for line in answer.text.splitlines() if "could not" in line] or [answer.text]
    fix = "make setup" if level == "broken" else "unset DISPLAY WAYLAND_DISPLAY"
    return Finding(name, level, f"{text}: {lines[0][:200]}", fix)


def _missing_libraries(text: str) -> Iterator[str]:
    """Debian packages of the libraries a loader's complaint names."""
    for name in set(re.findall(r"(lib[\w.+-]+\.so[\d.]*): cannot open", text)):
        yield LIBRARIES.get(name, name)


def _fonts(families: str) -> Finding:
    absent = {"Inter", "JetBrains Mono"} - set(families.split(","))
    if absent:
        return Finding("fonts", "broken", f"do not load: {', '.join(sorted(absent))}", "make setup")
    return Finding("fonts", "ok", "Inter and JetBrains Mono, our own")


async def _disk(place: Folders) -> list[Finding]:
    here = next(path for path in (place.data, *place.data.parents) if path.exists())
    free, kind = free_bytes(here), file_system(here) or "unknown"
    text = f"{free / 1024**3:.1f} GiB in {here} ({kind})"
    if free < FREE_NEEDED:
        return [Finding("free space", "broken", f"{text}: 64 MiB are needed", f"df -h {here}")]
    level: Level = "ok" if free >= FREE_WANTED else "degraded"
    return [Finding("free space", level, text, "" if level == "ok" else f"df -h {here}")]


async def _folders(place: Folders) -> list[Finding]:
    """Owner and mode of what is there; nothing is made."""
    every = (place.data, place.config, place.state, place.run)
    lines = [_private(path) for path in every if path.exists()]
    sockets = [one for one in place.run.glob("*") if one.is_socket()] if place.run.exists() else []
    files = [place.config / name for name in ("keys.json", "accounts.toml")]
    lines += [_private(path) for path in (*sockets, *files) if path.exists()]
    longest = max((len(os.fsencode(path)) for path in sockets), default=0)
    if longest > SOCKET_PATH_MAX:
        lines.append(
            Finding("sockets", "broken", f"a path of {longest} bytes", "use a shorter --home")
        )
    wrong = [found for found in lines if found.level != "ok"]
    return wrong or [Finding("folders", "ok", f"data {place.data}, sockets {place.run}")]


def _private(path: Path) -> Finding:
    seen = path.stat()
    mode, want = stat.S_IMODE(seen.st_mode), "700" if path.is_dir() else "600"
    if seen.st_uid != os.geteuid():
        return Finding(
            "folders", "broken", f"{path} belongs to user {seen.st_uid}", "use another --home"
        )
    if mode & (0o022 if path.is_dir() else 0o077):
        return Finding("folders", "degraded", f"{path} has mode {mode:o}", f"chmod {want} '{path}'")
    return Finding("folders", "ok", str(path))


async def _ask(*argv: str, environ: dict[str, str] | None = None) -> Asked:
    """What a program tells of itself; it is ended half a second before LIMIT_S."""
    process = await asyncio.create_subprocess_exec(
        *argv, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, env=environ
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), LIMIT_S - 0.5)
    except TimeoutError:
        return Asked(-1, "no answer in time")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Asked(process.returncode or 0, output.decode(errors="replace").strip())


CHECKS: tuple[tuple[str, Check], ...] = (
    ("system", _system),
    ("git", _git),
    ("agents", _agents),
    ("settings", _settings),
    ("accounts", _endpoints),
    ("sandbox", _sandbox),
    ("process control", _processes),
    ("qt", _screen),
    ("free space", _disk),
    ("folders", _folders),
)
