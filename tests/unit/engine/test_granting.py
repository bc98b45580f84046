"""Approvals that are remembered, repeated and edited, through the one door."""

from pathlib import Path

import pytest

from commandcenter.core.codec import Entry, Fact, Stamp
from commandcenter.core.events import Answered, Asked, Granted, GrantEnded, GrantUsed, OrderRefused
from commandcenter.core.refusals import CannotRecord, Refused
from commandcenter.core.world import Ask
from commandcenter.drivers.base import AgentSpec
from commandcenter.engine.queries import QUERIES
from commandcenter.rules.grants import key_of
from commandcenter.rules.policy import decide, request_for
from commandcenter.testing.engines import Bench, refusal


async def asking(bench: Bench, command: str, thread: int = 1, key: str = "k1") -> Ask:
    """The thread asks; the case."""
    known = set(bench.engine.parts.world.asks)
    bench.session(thread).run(command, key)
    await bench.until(lambda: bool(set(bench.engine.parts.world.asks) - known))
    [new] = set(bench.engine.parts.world.asks) - known
    return bench.engine.parts.world.asks[new]


async def answered(bench: Bench, key: str, thread: int = 1) -> str:
    """What the agent was told."""
    await bench.until(lambda: key in bench.session(thread).answers)
    return bench.session(thread).answers[key].option


async def found(bench: Bench, *kinds: type) -> list[Entry]:
    """Entries of these kinds."""
    return [entry for entry in await bench.entries() if isinstance(entry.event, kinds)]


async def next_turn(bench: Bench) -> None:
    """The turn ends, another one begins."""
    prompts = len(bench.session(1).prompts)
    bench.session(1).end()
    await bench.reaches(1, "idle")
    await bench.order('steer #1 "on"')
    await bench.until(lambda: len(bench.session(1).prompts) > prompts)


# --- grants -----------------------------------------------------------------------------------


async def test_a_grant_allows_the_like_without_asking(bench: Bench) -> None:
    await bench.spawn()
    ask = await asking(bench, "make all")
    await bench.order(f"approve {ask.id} --remember thread", by="player")
    [grant] = bench.engine.parts.world.grants.values()
    assert (grant.id, grant.scope, grant.thread, grant.line) == ("g1", "thread", 1, "make all")
    bench.session(1).run("make  all", "k2")
    assert await answered(bench, "k2") == "allow"
    [used] = await found(bench, GrantUsed)
    assert (used.thread, used.event) == (1, GrantUsed("g1", "make all"))
    assert bench.engine.parts.world.grants["g1"].used == 1
    assert not bench.engine.parts.world.asks
    other = await asking(bench, "make other", key="k3")
    await bench.order(f"deny {other.id}")
    bench.session(1).run("git push --force", "k4")
    assert await answered(bench, "k4") == "deny"


@pytest.mark.parametrize("scope", ["turn", "thread"])
async def test_a_grant_ends_with_its_scope(bench: Bench, scope: str) -> None:
    await bench.spawn()
    ask = await asking(bench, "make all")
    await bench.order(f"approve {ask.id} --remember {scope}", by="cli")
    await next_turn(bench)
    if scope == "turn":
        await bench.until(lambda: not bench.engine.parts.world.grants)
        [ended] = await found(bench, GrantEnded)
        assert ended.event == GrantEnded("g1", "the turn is over")
        await asking(bench, "make all", key="k2")
        return
    bench.session(1).run("make all", "k2")
    assert await answered(bench, "k2") == "allow"
    await bench.order("kill #1 --now")
    await bench.until(lambda: not bench.engine.parts.world.grants)


async def test_a_withdrawn_grant_is_asked_again(bench: Bench) -> None:
    await bench.spawn()
    ask = await asking(bench, "make all")
    await bench.order(f"approve {ask.id} --remember thread", by="player")
    await bench.order("withdraw g1", by="player")
    assert not bench.engine.parts.world.grants
    await asking(bench, "make all", key="k2")
    assert refusal(await bench.order("withdraw g1")) == "TargetMissing"


async def test_a_grant_of_an_operation_is_for_its_threads(bench: Bench) -> None:
    await bench.order(f"operation demo --repo {bench.repo}")
    await bench.spawn(2, "--op demo")
    await bench.spawn()
    ask = await asking(bench, "make all")
    await bench.order(f"approve {ask.id} --remember operation", by="player")
    bench.session(2).run("make all")
    assert await answered(bench, "k1", 2) == "allow"
    outside = await asking(bench, "make all", 3)
    said = await bench.order(f"approve {outside.id} --remember operation", by="player")
    assert refusal(said) == "TargetInvalid"


@pytest.mark.parametrize("command", ["git push origin main", "pip install x"])
async def test_what_leaves_the_machine_is_never_remembered(bench: Bench, command: str) -> None:
    await bench.spawn()
    ask = await asking(bench, command)
    for more in ("--remember thread", "--identical"):
        text = f"approve {ask.id} --danger {more}"
        assert refusal(await bench.order(text, by="player")) == "PolicyForbids"
    assert bench.engine.parts.world.asks
    assert not bench.engine.parts.world.grants


async def test_no_grant_of_whatever_key_allows_what_leaves_the_machine(bench: Bench) -> None:
    await bench.spawn()
    for level in ("R2", "R3"):
        request = request_for(1, "run", {"command": "git push origin main"}, "/x")
        key = key_of(request, decide(request))
        forged = Granted(f"g{level}", "thread", "", level, "network", key, "git push")
        await bench.engine.parts.ledger.commit([Fact(forged, Stamp(1, 1, 1))])
    assert (await asking(bench, "git push origin main")).level == "R3"
    assert not await found(bench, GrantUsed)


async def test_grants_stand_in_audit_and_policy(bench: Bench) -> None:
    await bench.spawn()
    ask = await asking(bench, "make all")
    await bench.order(f"approve {ask.id} --remember thread", by="player")
    bench.session(1).run("make all", "k2")
    assert await answered(bench, "k2") == "allow"
    await bench.engine.parts.ledger.settle()
    policy = await QUERIES["policy"](bench.engine, {"thread": 1})
    [grant] = policy["grants"]
    assert (grant["id"], grant["scope"], grant["used"], grant["mine"]) == ("g1", "thread", 1, True)
    await bench.order("withdraw g1", by="player")
    audit = await QUERIES["audit"](bench.engine, {"thread": 1})
    rows = [(row["outcome"], row["by"]) for row in audit["rows"] if row["kind"] == "grant"]
    assert rows == [("granted", "player"), ("used", "engine"), ("ended", "player")]


@pytest.mark.parametrize("by", ["rule", "workflow", "test", "engine"])
async def test_only_the_player_grants(bench: Bench, by: str) -> None:
    await bench.spawn()
    ask = await asking(bench, "make all")
    for more in ("--remember thread", "--identical", "--edit make"):
        said = await bench.order(f"approve {ask.id} {more}", by=by)  # type: ignore[arg-type]  # one of the closed words
        assert refusal(said) == "NotAuthorised"


async def test_an_edited_script_is_asked_again(in_git: Bench) -> None:
    await in_git.spawn()
    script = Path(in_git.engine.parts.world.threads[1].workspace) / "run.sh"
    script.write_text("echo one\n")
    ask = await asking(in_git, "bash run.sh")
    await in_git.order(f"approve {ask.id} --remember thread", by="player")
    in_git.session(1).run("bash run.sh", "k2")
    assert await answered(in_git, "k2") == "allow"
    script.write_text("rm -r src\n")
    await asking(in_git, "bash run.sh", key="k3")


async def test_grants_survive_the_engine(tmp_path: Path) -> None:
    bench = await Bench.open(tmp_path / "home", flat=True)
    await bench.spawn()
    ask = await asking(bench, "make all")
    await bench.order(f"approve {ask.id} --remember thread", by="player")
    other = await asking(bench, "make x", key="k2")
    await bench.order(f"approve {other.id} --remember turn", by="player")
    again = await bench.again()
    await again.until(lambda: list(again.engine.parts.world.grants) == ["g1"])
    again.session(1).run("make all", "k3")
    assert await answered(again, "k3") == "allow"
    await again.close()


async def test_what_a_grant_allows_is_on_record_before_it_happens(bench: Bench) -> None:
    await bench.spawn()
    ask = await asking(bench, "make all")
    await bench.order(f"approve {ask.id} --remember thread", by="player")
    ledger = bench.engine.parts.ledger
    commit = ledger.commit

    async def fails(facts: list[Fact], key: str = "") -> int:
        raise Refused(CannotRecord("full"))

    ledger.commit = fails  # type: ignore[method-assign, assignment]  # a disk that is full just then
    await asking(bench, "make all", key="k2")
    ledger.commit = commit  # type: ignore[method-assign]  # room again
    assert "k2" not in bench.session(1).answers


async def test_what_stands_is_not_answered_even_before_world_knows(bench: Bench) -> None:
    await bench.spawn()
    ask = await asking(bench, "make all")
    bench.engine.runner(1).wish("pause")
    for text in (f"approve {ask.id}", f"approve {ask.id} --identical", f"deny {ask.id}"):
        await bench.order(text, by="player")
    assert "k1" not in bench.session(1).answers
    assert bench.engine.parts.world.asks


# --- identical --------------------------------------------------------------------------------


async def test_identical_cases_are_allowed_at_once_and_recorded_each(bench: Bench) -> None:
    await bench.spawn(4)
    first = await asking(bench, "make all", 1)
    await asking(bench, "make  all", 2)
    await asking(bench, "make other", 3)
    await asking(bench, "make all", 4)
    await bench.order("pause #4")
    await bench.order(f"approve {first.id} --identical", by="player")
    entries = await found(bench, Answered)
    assert sorted(entry.thread for entry in entries) == [1, 2]
    assert {entry.stamp.by for entry in entries} == {"player"}
    assert [await answered(bench, "k1", thread) for thread in (1, 2)] == ["allow", "allow"]
    assert sorted(ask.thread for ask in bench.engine.parts.world.asks.values()) == [3, 4]


async def test_an_equal_case_that_came_after_the_look_stays_open(bench: Bench) -> None:
    await bench.spawn(3)
    seen = [(await asking(bench, "make all", thread)).id for thread in (1, 2)]
    late = await asking(bench, "make all", 3)
    among = ",".join(map(str, seen))
    for wrong in (f"approve {seen[0]} --among {among}", f"approve {seen[0]} --identical --among x"):
        assert refusal(await bench.order(wrong, by="player")) == "TargetInvalid"
    await bench.order(f"approve {seen[0]} --identical --among {among}", by="player")
    assert sorted(entry.thread for entry in await found(bench, Answered)) == [1, 2]
    assert list(bench.engine.parts.world.asks) == [late.id]


async def test_the_same_line_with_another_script_is_another_case(in_git: Bench) -> None:
    await in_git.spawn(3)
    for thread, text in ((1, "one"), (2, "other"), (3, "one")):
        folder = Path(in_git.engine.parts.world.threads[thread].workspace)
        (folder / "run.sh").write_text(text)
        await asking(in_git, "bash run.sh", thread)
    await in_git.order("approve 1 --identical", by="player")
    assert [ask.thread for ask in in_git.engine.parts.world.asks.values()] == [2]


async def test_more_than_five_want_the_second_press_and_twenty_are_the_most(bench: Bench) -> None:
    await bench.spawn(22)
    for thread in range(1, 23):
        await asking(bench, "make all", thread)
    said = await bench.order("approve 1 --identical", by="player")
    assert refusal(said) == "TooMany"
    assert len(bench.engine.parts.world.asks) == 22
    await bench.order("approve 1 --identical", by="player", yes=True)
    assert len(bench.engine.parts.world.asks) == 2


# --- edit -------------------------------------------------------------------------------------


async def test_an_edited_command_is_a_new_case_that_runs_when_allowed(bench: Bench) -> None:
    await bench.spawn()
    ask = await asking(bench, "make all")
    await bench.order(f'approve {ask.id} --edit "make safe"', by="player")
    [new] = bench.engine.parts.world.asks.values()
    assert (new.id, new.line, new.request["command"]) == (2, "make safe", "make safe")
    assert new.digest != ask.digest
    assert bench.state(1) == "waiting"
    assert not bench.session(1).answers
    assert refusal(await bench.order(f"approve {ask.id}", by="player")) == "AlreadyAnswered"
    await bench.order(f"approve {new.id} --digest {new.digest}", by="player")
    assert bench.session(1).answers["k1"].edit == "make safe"
    assert bench.state(1) == "running"
    kinds = [type(entry.event).__name__ for entry in await found(bench, Asked, Answered)]
    assert kinds == ["Asked", "Answered", "Asked", "Answered"]


async def test_an_edit_is_judged_anew(bench: Bench) -> None:
    await bench.spawn()
    ask = await asking(bench, "make all")
    text = f'approve {ask.id} --edit "git push --force"'
    assert refusal(await bench.order(text, by="player")) == "PolicyForbids"
    assert refusal(await bench.order(f'approve {ask.id} --edit "make all"', by="player")) == (
        "NoChange"
    )
    await bench.order(f'approve {ask.id} --edit "git push origin x"', by="player")
    [new] = bench.engine.parts.world.asks.values()
    assert new.level == "R3"
    assert refusal(await bench.order(f"approve {new.id}", by="player")) == "NeedsDanger"
    await bench.order(f"deny {new.id}")
    assert (await answered(bench, "k1"), bench.session(1).answers["k1"].edit) == ("deny", "")


async def test_an_edit_that_cannot_be_recorded_changes_nothing(bench: Bench) -> None:
    await bench.spawn()
    ask = await asking(bench, "make all")
    asks = bench.engine.runner(1).asks
    ledger = bench.engine.parts.ledger
    commit = ledger.commit

    async def fails(facts: list[Fact], key: str = "") -> int:
        if isinstance(facts[0].event, Answered):
            bench.session(1).end("cancelled")
            raise Refused(CannotRecord("full"))
        return await commit(facts, key=key)

    ledger.commit = fails  # type: ignore[method-assign, assignment]  # a disk that is full just then
    said = await bench.order(f'approve {ask.id} --edit "make safe"', by="player")
    ledger.commit = commit  # type: ignore[method-assign]  # room again
    assert not said.refused
    [refused] = await found(bench, OrderRefused)
    assert refused.event.reason["type"] == "CannotRecord"  # type: ignore[attr-defined]  # an OrderRefused
    assert asks.open == {}, "its turn is over"


async def test_an_edit_is_not_lost_when_the_turn_ends_meanwhile(bench: Bench) -> None:
    await bench.spawn()
    ask = await asking(bench, "make all")
    await bench.order(f'approve {ask.id} --edit "make safe"', by="player")
    [new] = bench.engine.parts.world.asks
    ledger = bench.engine.parts.ledger
    commit = ledger.commit

    async def ends(facts: list[Fact], key: str = "") -> int:
        if isinstance(facts[0].event, Answered):
            bench.session(1).end("cancelled")
        return await commit(facts, key=key)

    ledger.commit = ends  # type: ignore[method-assign, assignment]  # its turn is over just then
    await bench.order(f"approve {new}", by="player")
    assert bench.session(1).answers["k1"].edit == "make safe", "never what was changed"


async def test_an_agent_that_cannot_run_another_command_says_so(bench: Bench) -> None:
    parts = bench.engine.parts
    parts.drivers = {**parts.drivers, "codex": bench.driver}
    parts.agents["other"] = AgentSpec("other", "Other", "codex", ("chat",), ("sh",))
    await bench.spawn(1, "--agent other")
    ask = await asking(bench, "make all")
    said = await bench.order(f'approve {ask.id} --edit "make x"', by="player")
    assert refusal(said) == "DriverLacks"
    assert not (await bench.order(f"approve {ask.id}", by="player")).refused


async def test_one_thing_at_a_time(bench: Bench) -> None:
    await bench.spawn()
    ask = await asking(bench, "make all")
    said = await bench.order(f"approve {ask.id} --identical --remember turn", by="player")
    assert refusal(said) == "TargetInvalid"
