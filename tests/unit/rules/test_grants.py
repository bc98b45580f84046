"""What a grant covers and what it never does."""

import itertools

import pytest
from msgspec.structs import replace

from commandcenter.core.base import NS
from commandcenter.core.standing import Grant
from commandcenter.core.world import Head, OperationHead, World
from commandcenter.rules.grants import Place, covers, key_of, over
from commandcenter.rules.policy import Request, decide, request_for

HERE = Place(1, 3, "demo", "native", 100 * NS)


def asked(command: str, thread: int = 1, cwd: str = "/w/1") -> Request:
    """A command of a thread."""
    return request_for(thread, "run", {"command": command}, cwd)


def key(command: str, thread: int = 1, cwd: str = "/w/1") -> str:
    """Its canonical form."""
    request = asked(command, thread, cwd)
    return key_of(request, decide(request))


def grant(command: str = "make all", **more: object) -> Grant:
    """Of turn 3 of thread 1."""
    made = Grant("g1", "thread", 1, 3, "", "R2", "not-listed", key(command), command, 100 * NS)
    return replace(made, **more)


def test_the_same_command_is_the_same_however_it_is_spaced() -> None:
    assert key("make all") == key("  make   all ") == key("make 'all'")
    assert key("make all") == key("make all", 2, "/w/2"), "the thread is no part of it"
    assert key("make all") != key("make all x")
    assert key("echo 'a  b' | cat") != key("echo 'a b' | cat")


def test_arguments_and_paths_are_part_of_it() -> None:
    def tool(**args: str) -> str:
        request = request_for(1, "mcp", args, "/w/1")
        return key_of(request, decide(request))

    assert tool(path="/w/1/a") == tool(path="a")
    assert tool(a="1") != tool(a="2")


def test_each_scope_has_its_place() -> None:
    mine = key("make all")
    turn = grant(scope="turn")
    assert covers(turn, "native", mine, HERE)
    assert not covers(turn, "native", mine, replace(HERE, turn=4))
    assert covers(grant(), "native", mine, replace(HERE, turn=4))
    assert not covers(grant(), "native", mine, replace(HERE, thread=2))
    wide = grant(scope="operation", operation="demo")
    assert covers(wide, "native", mine, replace(HERE, thread=2))
    assert not covers(wide, "native", mine, replace(HERE, thread=2, operation="other"))
    assert not covers(wide, "native", mine, replace(HERE, thread=2, driver="claude"))
    assert not covers(grant(scope="operation"), "native", mine, replace(HERE, operation=""))


@pytest.mark.parametrize("level", ["R3", "R4"])
def test_what_leaves_the_machine_is_covered_by_none(level: str) -> None:
    assert not covers(grant(level=level), "native", key("make all"), HERE)


def test_time_ends_it() -> None:
    late = replace(HERE, wall=100 * NS + 9 * 3_600 * NS)
    assert not covers(grant(), "native", key("make all"), late)
    assert over(grant(), World(), late.wall) == "its time is over"


def test_it_is_over_with_its_scope() -> None:
    head = Head(1, "a", "", "native", "native", "", "", "", turn=3, in_turn=True)
    world = World(threads={1: head})
    scopes = [grant(scope="turn"), grant(), grant(scope="operation", operation="demo")]
    world.operations["demo"] = OperationHead("demo", "/r")
    assert [over(one, world, 100 * NS) for one in scopes] == ["", "", ""]
    world.threads[1] = replace(head, in_turn=False)
    assert [over(one, world, 100 * NS) for one in scopes] == ["the turn is over", "", ""]
    world.threads[1] = replace(head, state="ended")
    world.operations.clear()
    assert [over(one, world, 100 * NS) for one in scopes] == [
        "the thread has ended",
        "the thread has ended",
        "the operation is disbanded",
    ]


def test_no_two_different_commands_have_one_key() -> None:
    lines = ["make", "make a", "make b", "make a b", "make 'a b'", "a make", "make a;b", "pip x"]
    keys = [key(line) for line in lines]
    assert all(a != b for a, b in itertools.combinations(keys, 2))
