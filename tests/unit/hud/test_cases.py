"""What an approval names: programs, absolute paths, hosts; and what it costs."""

from decimal import Decimal

from msgspec.structs import replace

from commandcenter.core.base import NS
from commandcenter.core.world import Ask, Head, Limit, OperationHead, Spent, Tokens, World
from commandcenter.hud import cases
from commandcenter.hud.cases import effect

NOW = 1000 * NS


def test_a_line_is_taken_apart_with_what_lies_inside_it() -> None:
    line = "cd sub && git push git@github.com:a/b.git main | tee ../log.txt > /tmp/out"
    line += "; echo $(rm -r ./x)"
    found = effect({"command": line, "cwd": "/w/1"})
    assert found.runs[:3] == (
        "cd sub",
        "&& git push git@github.com:a/b.git main",
        "| tee ../log.txt",
    )
    assert "rm -r ./x" in found.runs
    assert found.hosts == ("github.com",)
    assert "/w/log.txt" in found.paths
    assert "/w/1/x" in found.paths
    assert found.writes == ("/tmp/out",)


def test_words_keep_their_ends_and_addresses_their_hosts() -> None:
    found = effect({"command": ["curl", "-d", "a b", "https://u:p@Example.org:8443/x"], "cwd": ""})
    assert found.runs == ("curl -d 'a b' https://u:p@Example.org:8443/x",)
    assert found.hosts == ("example.org",)


def test_what_cannot_be_read_is_said() -> None:
    found = effect({"command": "echo 'open", "cwd": "/w"})
    assert found.unread
    assert found.runs == ()


def test_a_file_is_named_absolutely() -> None:
    found = effect({"path": "../a\u202eb", "cwd": "/w/1"})
    assert found.paths == ("/w/a\u202eb",)


def test_a_host_in_other_letters_has_its_label() -> None:
    (host,) = effect({"command": "curl https://ex\u0430mple.org/x", "cwd": "/w"}).hosts
    assert host.startswith("ex\u0430mple.org")
    assert "xn--exmple-4nf.org" in host


def test_a_long_list_is_counted() -> None:
    found = effect({"command": "; ".join(f"run {n}" for n in range(20)), "cwd": "/w"})
    assert len(found.runs) == cases.MOST + 1
    assert found.runs[-1] == "and 8 more"


def test_the_cost_tab() -> None:
    head = Head(1, "fix", "api", "native", "native", "a", "m", "b", context_used=40_000)
    spent, tokens = Spent(usd=Decimal("0.60")), Tokens(input=90_000, output=10_000, calls=20)
    head = replace(head, spent=spent, tokens=tokens, limit=Limit(usd=Decimal("1.50")))
    ask = Ask(1, 1, "tool", "R2", "make", {}, "d", "rule", "", (), NOW, 1)
    world = World(threads={1: head}, operations={"api": OperationHead("api", "/r", spent=spent)})
    found = dict(cases.cost(ask, world, NOW))
    assert found["If allowed"] == "about $0.03 a step"
    assert found["Of its limit"] == "$0.60 / $1.50"
    assert found["While it waits"] == "blocks 1 · $0.02/min"
    assert found["Operation"] == "api: $0.60"
    world.threads[1] = replace(head, spent=Spent(), limit=Limit())
    found = dict(cases.cost(ask, world, NOW))
    assert found["If allowed"].startswith("no step")
    assert found["Of its limit"] == "no limit"
