"""One request, one decision."""

from hypothesis import given
from hypothesis import strategies as st

from commandcenter.rules.commands import Ruling
from commandcenter.rules.policy import Decision, decide, request_for, strictest

WS = "/data/worktrees/1"


def ruled(tool: str, success: str = "", **args: str) -> Decision:
    return decide(request_for(1, tool, args, WS, success))


def short(decision: Decision) -> tuple[str, str, str]:
    return decision.verdict, decision.level, decision.rule


def test_reads_and_writes_inside() -> None:
    for tool in ("read", "list", "search"):
        assert short(ruled(tool, path="src/a.py")) == ("allow", "R0", "read-in-scope")
        assert short(ruled(tool)) == ("allow", "R0", "read-in-scope")
    for tool in ("write", "edit"):
        assert short(ruled(tool, path="src/a.py")) == ("allow", "R1", "write-in-scope")
        assert short(ruled(tool, path=f"{WS}/a.py")) == ("allow", "R1", "write-in-scope")


def test_outside_and_floor_are_denied() -> None:
    for path in ("..", "../2/a", "src/../../x", "/etc/passwd", "//etc/passwd", f"{WS}2/a"):
        assert short(ruled("read", path=path)) == ("deny", "R4", "outside")
        assert short(ruled("write", path=path)) == ("deny", "R4", "outside")
    assert short(ruled("write", path=".git/hooks/x")) == ("deny", "R4", "floor")
    assert short(ruled("edit", path=f"{WS}/sub/.VSCODE/x")) == ("deny", "R4", "floor")
    assert short(ruled("read", path=".env")) == ("deny", "R4", "floor")
    assert ruled("read", path=".git/HEAD").verdict == "allow"


def test_commands() -> None:
    assert short(ruled("run", command="ls -la")) == ("allow", "R0", "exact-list")
    assert ruled("run", command="ls -la").argv == ("ls", "-la")
    assert short(ruled("run", command="python x.py")) == ("ask", "R2", "not-listed")
    assert short(ruled("run", command="git push")) == ("ask", "R3", "network")
    assert short(ruled("run", command="sudo id")) == ("deny", "R4", "floor")
    assert short(ruled("run", command=f"rm -rf {WS}")) == ("deny", "R4", "floor")
    assert ruled("run", "make check", command="make check").verdict == "allow"
    assert ruled("run").verdict == "ask"


def test_own_and_unknown_tools() -> None:
    for tool in ("ask", "plan", "finish"):
        assert ruled(tool).verdict == "allow"
    assert short(ruled("fetch", url="x")) == ("ask", "R2", "unknown-tool")


def test_digest_names_the_effect_and_nothing_else() -> None:
    one = request_for(1, "write", {"path": "a", "text": "x"}, WS)
    assert one.digest == request_for(1, "write", {"text": "x", "path": "a"}, WS, "make").digest
    others = (
        request_for(2, "write", {"path": "a", "text": "x"}, WS),
        request_for(1, "write", {"path": "b", "text": "x"}, WS),
        request_for(1, "write", {"path": "a", "text": "y"}, WS),
        request_for(1, "edit", {"path": "a", "text": "x"}, WS),
        request_for(1, "write", {"path": "a", "text": "x"}, WS + "0"),
    )
    assert len({one.digest, *(other.digest for other in others)}) == 6
    assert len(one.digest) == 64


ORDER: tuple[Ruling, ...] = ("allow", "ask", "deny")
RULINGS = st.sampled_from(ORDER)


@given(st.lists(RULINGS), RULINGS)
def test_another_layer_never_loosens(layers: list[Ruling], more: Ruling) -> None:
    before, after = strictest(*layers), strictest(*layers, more)
    assert ORDER.index(after) >= ORDER.index(before)
    assert ORDER.index(after) >= ORDER.index(more)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_gets_a_decision(path: str, line: str) -> None:
    for tool in ("read", "write", "run"):
        decision = ruled(tool, path=path, command=line)
        assert decision.verdict in ("allow", "ask", "deny")
        assert decision.rule
