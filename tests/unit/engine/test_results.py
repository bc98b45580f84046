"""Checkpoints and reverts, and verdicts, at real git."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from commandcenter.engine.verifying import RUN_MARKS
from commandcenter.testing.engines import Bench
from commandcenter.testing.results import (
    GREEN,
    file,
    git,
    given,
    idle,
    operation,
    replays,
)

pytestmark = pytest.mark.slow


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = await Bench.open(tmp_path / "home")
    yield bench
    await bench.close()


async def ended_all(bench: Bench) -> None:
    """No process of a success command lives."""
    left = await bench.engine.parts.host.survivors()
    assert not [one for one in left if one.thread > RUN_MARKS]


# --- checkpoints ------------------------------------------------------------------------------


async def test_a_revert_puts_files_back_and_keeps_what_stood_there(bench: Bench) -> None:
    await operation(bench)
    [one] = await idle(bench)
    file(bench, one).write_text("first\n")
    assert await given(bench, f"checkpoint #{one}") == ""
    file(bench, one).write_text("second\n")
    assert await given(bench, f"revert #{one} --to 1") == ""
    assert file(bench, one).read_text() == "first\n"
    head = bench.head(one)
    assert [mark.why for mark in head.checkpoints] == ["you", "revert"]
    assert head.put_back == (1, 2)
    assert await given(bench, "undo") == ""
    assert file(bench, one).read_text() == "second\n"
    assert bench.head(one).put_back == (0, 0)
    assert await given(bench, "redo") == ""
    assert file(bench, one).read_text() == "first\n"
    assert await given(bench, "undo") == ""
    assert file(bench, one).read_text() == "second\n"
    await replays(bench)


async def test_the_agent_is_told_once_with_its_next_words(bench: Bench) -> None:
    await operation(bench)
    [one] = await idle(bench)
    file(bench, one).write_text("first\n")
    await given(bench, f"checkpoint #{one}")
    file(bench, one).write_text("second\n")
    await given(bench, f"revert #{one} --to 1")
    await given(bench, f'steer #{one} "go on"')
    told = await bench.prompted(2, one)
    assert told.startswith("The person has put your files back")
    assert told.endswith("go on")
    await bench.ended(one)
    await given(bench, f'steer #{one} "more"')
    assert await bench.prompted(3, one) == "more"


async def test_a_running_thread_is_not_reverted(bench: Bench) -> None:
    [one] = await bench.spawn()
    await given(bench, f"checkpoint #{one}")
    assert await given(bench, f"revert #{one} --to 1") == "WorksStill"
    await given(bench, f"pause #{one}")
    assert await given(bench, f"revert #{one} --to 7") == "NoCheckpoint"


async def test_what_was_killed_is_a_checkpoint(bench: Bench) -> None:
    [one] = await bench.spawn()
    file(bench, one).write_text("unsaved\n")
    await given(bench, f"kill #{one} --now")
    await bench.until(lambda: bool(bench.head(one).disk))
    assert [mark.why for mark in bench.head(one).checkpoints] == ["kill"]
    Path(bench.head(one).workspace, "readme.txt").write_text("later\n")
    assert await given(bench, f"revert #{one} --to 1") == ""
    assert file(bench, one).read_text() == "unsaved\n"


# --- verdicts ---------------------------------------------------------------------------------


async def test_verify_says_what_the_command_says(bench: Bench) -> None:
    await operation(bench)
    [one] = await idle(bench)
    assert await given(bench, f"verify #{one}") == ""
    verdict = bench.head(one).verified
    assert verdict is not None
    assert verdict.green
    assert verdict.command == GREEN
    assert bench.engine.parts.world.operations["o"].verified == verdict
    file(bench, one).write_text("broken\n")
    await given(bench, f"verify #{one}")
    verdict = bench.head(one).verified
    assert verdict is not None
    assert verdict.result == "fail"
    assert verdict.exit == 1
    names = await bench.names(one)
    assert names.count("VerifyStarted") == names.count("Verified") == 2
    await replays(bench)


async def test_without_a_success_command_there_is_no_verdict(bench: Bench) -> None:
    [one] = await bench.spawn()
    assert await given(bench, f"verify #{one}") == "NoSuccessCommand"
    assert await given(bench, f"verify #{one} --stop") == "NoChange"


async def test_a_command_that_hangs_is_ended_at_its_limit(tmp_path: Path) -> None:
    bench = await Bench.open(tmp_path / "home", ("verify_limit_s=0.3",))
    await operation(bench, "sleep 600 & sleep 600")
    [one] = await idle(bench)
    await given(bench, f"verify #{one}")
    verdict = bench.head(one).verified
    assert verdict is not None
    assert verdict.result == "error"
    assert "ended after 0.3 s" in verdict.line
    await ended_all(bench)
    await bench.close()


async def test_it_can_be_stopped_and_never_runs_twice_at_once(bench: Bench) -> None:
    await operation(bench, "sleep 600")
    [one] = await idle(bench)
    running = asyncio.create_task(bench.order(f"verify #{one}"), name="verify")
    await bench.until(lambda: bool(bench.head(one).verifying))
    assert await given(bench, f"verify #{one}") == "NoChange"
    assert await given(bench, f"verify #{one} --stop") == ""
    await running
    verdict = bench.head(one).verified
    assert verdict is not None
    assert verdict.result == "stopped"
    assert not bench.head(one).verifying
    await ended_all(bench)


async def test_two_run_at_once_and_no_more(bench: Bench) -> None:
    await operation(bench, "sleep 600")
    threads = await idle(bench, 3)
    orders = [bench.order(f"verify #{one}") for one in threads]
    running = [asyncio.create_task(order, name="verify") for order in orders]

    def runs() -> list[int]:
        return [one for one in threads if bench.head(one).verifying]

    await bench.until(lambda: len(runs()) == 2 and bench.engine.results.places.locked())
    [waits] = set(threads) - set(runs())
    assert bench.engine.results.busy("verify", waits)
    for one in threads:
        await given(bench, f"verify #{one} --stop")
    await asyncio.gather(*running)


async def test_a_thread_that_changes_its_own_verifier_is_judged_by_the_parents(
    bench: Bench,
) -> None:
    (bench.repo / "check.sh").write_text("exit 1\n")
    await git(bench.repo, "add", ".")
    await git(bench.repo, "commit", "-qm", "check")
    await operation(bench, "sh check.sh")
    [one] = await idle(bench)
    file(bench, one, "check.sh").write_text("exit 0\n")
    await given(bench, f"verify #{one}")
    verdict = bench.head(one).verified
    assert verdict is not None
    assert verdict.result == "fail"
    assert verdict.tampered == ("check.sh",)
    assert "protected" in verdict.line


async def test_an_engine_lost_in_between_says_so(tmp_path: Path) -> None:
    bench = await Bench.open(tmp_path / "home")
    await operation(bench, "sleep 600")
    [one] = await idle(bench)
    order = asyncio.create_task(bench.order(f"verify #{one}"), name="verify")
    await bench.until(lambda: bool(bench.head(one).verifying))
    await bench.crash()
    order.cancel()
    again = await Bench.open(tmp_path / "home")
    verdict = again.head(one).verified
    assert verdict is not None
    assert verdict.line == "the engine was lost"
    assert not again.head(one).verifying
    assert not list((tmp_path / "home").glob("**/verify/run-*"))
    await again.close()


async def test_what_is_risky_is_allowed_on_files_that_can_be_put_back(bench: Bench) -> None:
    [one] = await bench.spawn()
    file(bench, one).write_text("mine\n")
    bench.session(one).run("git push origin main")
    await bench.reaches(one, "waiting")
    [ask] = bench.head(one).asks
    assert bench.engine.parts.world.asks[ask].level in ("R3", "R4")
    assert await given(bench, f"approve {ask} --danger") == ""
    assert [mark.why for mark in bench.head(one).checkpoints] == ["approval"]
    await bench.until(lambda: bool(bench.session(one).answers))
