"""Success commands, run for real in a place of their own."""

import asyncio
import os
from pathlib import Path

import pytest

from commandcenter.compose.base import SystemClock
from commandcenter.hosts.checkpoints import Checkpoints
from commandcenter.hosts.guarding import named
from commandcenter.hosts.proving import Subject
from commandcenter.hosts.reclaiming import Reclaiming
from commandcenter.hosts.verifying import Run, Verified, Verifying
from commandcenter.testing.desks import Desk, files, write

CHECK = "#!/bin/bash\ngrep -q right a.txt && echo '1 passed in 0.1s'\n"


class Trial:
    """A thread whose work is right or wrong, and what a command says of it."""

    def __init__(self, person: Desk, tree: Path) -> None:
        self.person = person
        self.tree = tree
        self.base = person.base
        self.folder = person.folder / "verify"
        self.verifying = Verifying(person.host, SystemClock(), asyncio.sleep, self.folder)
        self.points = Checkpoints(person.host, asyncio.sleep)

    async def verify(self, command: str, *protect: str, **how: float) -> Verified:
        made = await self.points.checkpoint(str(self.tree), 1, 1)
        subject = Subject(made.commit, self.base, command, str(self.tree), protect)
        run = Run({"PATH": os.environ["PATH"]}, thread=1, epoch=9_001, **how)  # type: ignore[arg-type] # fields by name
        return await self.verifying.verify(str(self.person.repo), subject, run)


@pytest.fixture
async def trial(person: Desk) -> Trial:
    write(person.repo / "check.sh", CHECK)
    write(person.repo / "tests/test_a.py", "assert 'right' in open('a.txt').read()\n")
    await person.commit("a check")
    return Trial(person, await person.thread(1))


async def test_pass_and_fail_with_nothing_touched(trial: Trial) -> None:
    before = trial.person.everything()
    bad = await trial.verify("bash check.sh")
    assert (bad.result, bad.exit, bad.total) == ("fail", 1, 0)
    write(trial.tree / "a.txt", "right\n")
    tree = trial.person.everything(trial.tree)
    good = await trial.verify("bash check.sh")
    assert (good.result, good.exit, good.passed, good.total) == ("pass", 0, 1, 1)
    assert (good.line, good.tampered, good.wrote, good.outside) == ("1 passed in 0.1s", (), (), ())
    assert trial.person.everything(trial.tree) == tree
    assert trial.person.everything() == before
    assert list(trial.folder.iterdir()) == []
    assert len((await trial.person.git("worktree", "list")).splitlines()) == 2


async def test_the_verifier_is_the_parents(trial: Trial) -> None:
    write(trial.tree / "check.sh", "exit 0\n")
    write(trial.tree / "tests/test_a.py", "pass\n")
    write(trial.tree / "tests/conftest.py", "print('planted')\n")
    write(trial.tree / "tests/test_new.py", "assert True\n")
    assert (await trial.verify("true && bash ./check.sh")).tampered == ("check.sh",)
    assert (await trial.verify("bash check.sh")).result == "fail"
    seen = await trial.verify("python3 tests/test_a.py", "tests")
    assert seen.result == "fail"
    assert seen.tampered == ("tests/conftest.py", "tests/test_a.py", "tests/test_new.py")
    subject = Subject("", trial.base, "bash check.sh a.txt", "", ("tests", "!a.txt"))
    held = await trial.verifying.guarded(str(trial.person.repo), subject)
    assert held == ("check.sh", "tests/test_a.py")
    listed = await trial.verify("ls tests", "conftest.py")
    assert listed.output.split() == ["test_a.py", "test_new.py"]
    let_go = await trial.verify("bash check.sh", "!check.sh")
    assert (let_go.result, let_go.tampered) == ("pass", ())
    assert (trial.tree / "check.sh").read_text() == "exit 0\n"


async def test_files_the_agent_made_itself_are_not_taken_away(trial: Trial) -> None:
    write(trial.tree / "tests/test_new.py", "print('3 passed in 1.0s')\n")
    seen = await trial.verify("python3 tests/test_new.py")
    assert (seen.result, seen.passed, seen.tampered) == ("pass", 3, ())


async def test_ignored_files_are_there(trial: Trial) -> None:
    write(trial.tree / ".venv/bin/tool", "#!/bin/bash\necho tool\n").chmod(0o755)
    write(trial.tree / "ignored.env", "secret\n")
    (trial.tree / "build").symlink_to(trial.person.repo / "sub")
    write(trial.tree / "sub/build/x", "x\n")
    write(trial.tree / ".gitignore", (trial.tree / ".gitignore").read_text() + "build\n*.pyc\n")
    write(trial.tree / "stale.pyc", "x")
    command = ".venv/bin/tool; cat ignored.env build/c.txt sub/build/x; echo y > ignored.env; ls"
    seen = await trial.verify(command)
    assert seen.exit == 0
    assert seen.output.startswith("tool\nsecret\nsub/c.txt 1\n")
    assert "stale.pyc" not in seen.output
    assert (trial.tree / "ignored.env").read_text() == "secret\n"


async def test_what_it_writes_is_said(trial: Trial) -> None:
    outside = trial.tree / "b.txt"
    person = trial.person.repo / "b.txt"
    leavings = "mkdir -p __pycache__; touch __pycache__/a.pyc"
    command = f"echo x > a.txt; echo n > new.txt; {leavings}; echo o > {outside}"
    seen = await trial.verify(command)
    assert seen.wrote == ("a.txt", "new.txt")
    assert seen.outside == ("worktree",)
    assert (await trial.verify(f"echo o > {person}; git commit -q --allow-empty -m x")).outside == (
        "checkout",
    )
    assert (await trial.verify("git commit -q --allow-empty -m x")).wrote == ("HEAD",)
    assert (await trial.verify("rm -rf .git")).wrote == (".git",)
    assert list(trial.folder.iterdir()) == []


async def test_a_command_that_hangs_is_ended_with_all_it_started(trial: Trial) -> None:
    escaped = (
        "setsid bash -c 'sleep 300 & disown; sleep 300' > /dev/null 2>&1 & echo begun; sleep 300"
    )
    seen = await trial.verify(escaped, limit_s=0.5)
    assert (seen.result, seen.exit, seen.line) == ("error", None, "ended after 0.5 s: begun")
    assert await trial.person.host.survivors() == ()
    assert list(trial.folder.iterdir()) == []


async def test_what_a_finished_command_leaves_running_is_ended(trial: Trial) -> None:
    seen = await trial.verify("setsid sleep 300 > /dev/null 2>&1 & echo done")
    assert (seen.result, seen.line) == ("pass", "done")
    assert await trial.person.host.survivors() == ()


async def test_cancelled(trial: Trial) -> None:
    task = asyncio.create_task(trial.verify("touch begun; sleep 300"), name="verify")
    while not list(trial.folder.glob("*/begun")):
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await trial.person.host.survivors() == ()
    assert list(trial.folder.iterdir()) == []


async def test_output_is_bounded_with_its_beginning_and_its_end(trial: Trial) -> None:
    seen = await trial.verify("echo first; seq 200000; echo last; printf '\\e[31mred'")
    assert seen.cut
    assert len(seen.output.encode()) < 66_000
    assert seen.output.startswith("first\n1\n")
    assert "bytes left out]" in seen.output
    assert seen.output.endswith("last\n␛[31mred")


async def test_that_it_cannot_run_is_an_error_not_a_failure(trial: Trial) -> None:
    seen = await trial.verify("no-such-program --all")
    assert (seen.result, seen.exit) == ("error", 127)
    assert seen.line.startswith("a program is not there: ")
    assert (await trial.verify("kill -9 $$")).line == "ended by signal 9"
    lies = await trial.verify("echo '=== 2 failed, 1 passed in 0.1s ==='; true")
    assert (lies.result, lies.failed, lies.total) == ("fail", 2, 3)


async def test_submodules_of_the_thread_are_there(trial: Trial) -> None:
    other = trial.person.folder / "other"
    await trial.person.git("init", "-q", str(other))
    write(other / "x.txt", "inner\n")
    for key, value in (("user.name", "P"), ("user.email", "p@example.org")):
        await trial.person.git("config", key, value, folder=other)
    await trial.person.commit("one", other)
    add = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "inner")
    await trial.person.git(*add, folder=trial.tree)
    seen = await trial.verify("cat inner/x.txt")
    assert (seen.result, seen.line, seen.wrote) == ("pass", "inner", ())
    assert (trial.tree / "inner/x.txt").exists()
    care = Reclaiming(trial.person.host, asyncio.sleep)
    await care.reclaim(str(trial.person.repo), str(trial.tree), "cc/1-work", 1)
    assert not trial.tree.exists()


async def test_places_left_by_a_crash_are_swept(trial: Trial) -> None:
    trial.folder.mkdir()
    await trial.person.git("worktree", "add", "-q", "--detach", str(trial.folder / "run-x"))
    write(trial.folder / "run-y/half", "made\n")
    assert await trial.verifying.swept(str(trial.person.repo)) == 2
    assert files(trial.folder) == {}
    assert await trial.verifying.swept(str(trial.person.repo)) == 0


def test_names_in_commands() -> None:
    assert {"tests/a.py"} <= set(named("python -m pytest -q tests/a.py::test_b"))
    assert {"pkg/tests/a.py"} <= set(named("cd pkg && pytest tests/a.py"))
    assert {"conf/x.ini", "Makefile"} <= set(named("make --file=conf/x.ini test"))
    assert {"run.sh"} <= set(named("(./run.sh); echo 'it'"))
    assert "x.py" in named("python x.py 'open quote")
    assert not any(path.startswith(("/", "..")) for path in named("cat /etc/passwd ../up"))
