"""A person's own login: passed untouched to whom it belongs, to nobody else, kept nowhere."""

import json
from decimal import Decimal

import pytest

from commandcenter.config.accounts import Account
from commandcenter.core.conversation import Usage
from commandcenter.core.events import (
    AccountClosed,
    AlertRaised,
    CallAdmitted,
    CallFailed,
    CallRefused,
    CallSettled,
)
from commandcenter.core.world import Limit
from commandcenter.gate.base import GateRefused, Route, Scope
from commandcenter.gate.call import Asked
from commandcenter.gate.door import Incoming
from commandcenter.gate.headers import headers_up, target
from commandcenter.gate.meter import Meter
from commandcenter.gate.upstream import Outbound
from commandcenter.testing.gate import GateKit
from commandcenter.testing.plans import BEARER, Person, PlanAnswer, add_plan, asked, said, unified
from commandcenter.testing.upstream import ScriptedUpstream
from commandcenter.wires import anthropic
from commandcenter.wires.base import WireRequest

CLAUDE = Account("c", "anthropic", auth="login", agent="claude")
CODEX = Account("o", "responses", auth="login", agent="codex")


async def test_the_login_passes_untouched_and_the_body_byte_for_byte(person: Person) -> None:
    async with ScriptedUpstream(PlanAnswer()) as upstream:
        add_plan(person.kit, upstream.url)
        person.open()
        body = said("hi", stream=True)
        answer = await person.ask(
            body,
            "/v1/messages?beta=true",
            anthropic_beta="oauth-2025-04-20",
            anthropic_version="2023-06-01",
            x_claude_code_session_id="s1",
            user_agent="claude-cli/2.1",
        )
        assert answer.status_code == 200
        assert answer.text.count("word ") == 3
        (served,) = upstream.served
        assert served.body == body
        assert served.target == "/v1/messages?beta=true"
        assert served.headers["authorization"] == f"Bearer {BEARER}"
        for name in ("anthropic-beta", "anthropic-version", "x-claude-code-session-id"):
            assert name in served.headers
        assert served.headers["user-agent"] == "claude-cli/2.1"
        assert "x-cc-secret" not in served.headers
        assert person.secret not in str(served.headers)
        await person.kit.settled()
    (settled,) = person.kit.events(CallSettled)
    assert settled.usage == Usage(input=100, output=3)
    assert (settled.cost.basis, settled.cost.priced_as) == ("plan", "sparring-small")
    assert settled.cost.usd


async def test_only_the_value_of_model_is_rewritten(person: Person) -> None:
    async with ScriptedUpstream(PlanAnswer()) as upstream:
        add_plan(person.kit, upstream.url)
        person.open(model="sparring-large")
        body = said("hi", stream=True)
        await person.ask(body)
        changed = body.replace(b'"model" : "sparring-small"', b'"model" : "sparring-large"')
        assert upstream.served[0].body == changed != body
        await person.kit.settled()
    (admitted,) = person.kit.events(CallAdmitted)
    assert (admitted.asked, admitted.sent) == ("sparring-small", "sparring-large")


async def test_codex_goes_to_the_plans_own_path(person: Person) -> None:
    async with ScriptedUpstream(PlanAnswer()) as upstream:
        add_plan(person.kit, upstream.url + "/backend-api/codex", "codex")
        person.open("codex")
        person.headers["session_id"] = "s"
        body = asked("hi")
        answer = await person.ask(body, "/responses", originator="codex_cli_rs")
        assert answer.text.count('"word "') == 3
        (served,) = upstream.served
        assert served.target == "/backend-api/codex/responses"
        assert served.body == body
        for name in ("chatgpt-account-id", "originator", "session_id", "authorization"):
            assert name in served.headers
        await person.kit.settled()
    (settled,) = person.kit.events(CallSettled)
    assert settled.usage == Usage(input=100, output=3)


def test_where_logins_and_keys_go() -> None:
    assert target(CODEX, "/responses", "") == "/backend-api/codex/responses"
    assert target(CODEX, "/v1/responses/compact", "") == "/backend-api/codex/responses/compact"
    assert target(CODEX, "/models", "client_version=1") == (
        "/backend-api/codex/models?client_version=1"
    )
    assert target(CLAUDE, "/v1/messages", "beta=true") == "/v1/messages?beta=true"
    key = Account("k", "responses", "https://api.openai.com/v1")
    assert target(key, "/v1/responses", "") == target(key, "/responses", "") == "/v1/responses"


def test_vendor_headers_go_to_the_vendor_alone() -> None:
    sent = (
        (b"x-codex-turn-metadata", b"/home/me"),
        (b"chatgpt-account-id", b"acc"),
        (b"authorization", b"Bearer mine"),
        (b"openai-beta", b"x"),
        (b"cookie", b"x"),
        (b"x-forwarded-for", b"x"),
    )
    plan = dict(headers_up(sent, CODEX, None))
    assert plan == {
        b"x-codex-turn-metadata": b"/home/me",
        b"chatgpt-account-id": b"acc",
        b"authorization": b"Bearer mine",
        b"openai-beta": b"x",
        b"accept-encoding": b"identity",
    }
    relay = Account("k", "responses", "https://relay.example/v1")
    other = dict(headers_up(sent, relay, "key"))
    assert other == {
        b"openai-beta": b"x",
        b"accept-encoding": b"identity",
        b"authorization": b"Bearer key",
    }


async def test_a_bearer_towards_a_key_account_is_dropped(person: Person) -> None:
    async with ScriptedUpstream(PlanAnswer()) as upstream:
        person.kit.add("key", upstream.url, kind="anthropic", key_ref="k")
        person.kit.keys["k"] = "the-key"
        person.open(account="key")
        assert (await person.ask(said("hi"))).status_code == 200
        assert upstream.served[0].headers["x-api-key"] == "the-key"
        assert BEARER not in str(upstream.served[0].headers)


CASES: dict[str, tuple[dict[str, str], dict[str, str], str]] = {
    "another driver": ({"agent": "acp"}, {}, "only claude may use it"),
    "our own loop's session": ({"agent": ""}, {}, "only claude may use it"),
    "the other vendor's": ({"agent": "codex"}, {}, "only claude may use it"),
    "no bearer": ({}, {"authorization": ""}, "no login of its own"),
    "basic": ({}, {"authorization": "Basic abc"}, "no login of its own"),
    "our secret as bearer": ({}, {"authorization": "Bearer cct_" + "A" * 43}, "secret"),
    "a real login": ({}, {"authorization": "Bearer sk-ant-oat01-x"}, "not sent there"),
}


@pytest.mark.parametrize("name", CASES)
async def test_nobody_else_uses_a_login(person: Person, name: str) -> None:
    route, headers, says = CASES[name]
    async with ScriptedUpstream(PlanAnswer()) as upstream:
        add_plan(person.kit, upstream.url)
        person.open(route.get("agent", "claude"), account="plan-claude")
        for ask in (person.ask(said("hi"), **headers), person.free(**headers)):
            answer = await ask
            assert answer.status_code == 400
            assert answer.json()["error"]["code"] in ("cc_login_missing", "cc_secret")
        await person.kit.settled()
        assert not upstream.served
    for refused in person.kit.events(CallRefused):
        assert says in refused.why
    assert "CallAdmitted" not in person.kit.kinds()


async def test_without_the_players_word_nothing_passes(person: Person) -> None:
    async with ScriptedUpstream(PlanAnswer()) as upstream:
        add_plan(person.kit, upstream.url)
        person.kit.gate.logins(frozenset({"codex"}))
        person.open()
        answer = await person.ask(said("hi"))
        assert answer.json()["error"]["code"] == "cc_login_missing"
        assert "allow-login claude" in answer.json()["error"]["message"]
        assert not upstream.served
        person.kit.gate.logins(frozenset({"claude"}))
        assert (await person.ask(said("hi"))).status_code == 200


async def test_codex_without_its_account_header_is_not_sent(person: Person) -> None:
    async with ScriptedUpstream(PlanAnswer()) as upstream:
        add_plan(person.kit, upstream.url, "codex")
        person.open("codex")
        answer = await person.ask(asked("hi"), "/responses", chatgpt_account_id="")
        assert answer.json()["error"]["code"] == "cc_login_missing"
        assert not upstream.served


async def test_our_own_loop_never_uses_a_login(kit: GateKit) -> None:
    async with ScriptedUpstream(PlanAnswer()) as upstream:
        add_plan(kit, upstream.url)
        kit.gate.open(1, 1, Route("plan-claude", "sparring-small", agent="claude"))
        headers = (("authorization", f"Bearer {BEARER}"),)
        request = WireRequest("/v1/messages", headers, said("hi"))
        with pytest.raises(GateRefused, match="only claude may use it"):
            async for _ in kit.gate.call(1, 1, request):
                pass
        assert not upstream.served


@pytest.mark.parametrize(
    "headers",
    [
        {"x_cc_secret": "", "authorization": "Bearer {S}"},
        {"x_cc_secret": "", "x_api_key": "{S}"},
        {"x_cc_secret": "", "x_goog_api_key": "{S}"},
    ],
)
async def test_only_our_own_header_or_path_holds_the_secret(
    person: Person, headers: dict[str, str]
) -> None:
    async with ScriptedUpstream(PlanAnswer()) as upstream:
        add_plan(person.kit, upstream.url)
        person.open()
        sent = {name: value.replace("{S}", person.secret) for name, value in headers.items()}
        answer = await person.ask(said("hi"), **sent)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "cc_secret")
        assert not upstream.served
        person.url = person.url.replace("/t/", f"/k/{person.secret}/t/")
        assert (await person.ask(said("hi"), x_cc_secret="")).status_code == 200


@pytest.mark.parametrize("status", [401, 402, 403])
async def test_a_refused_login_is_told_to_its_client_three_times(
    person: Person, status: int
) -> None:
    body = {"type": "error", "error": {"type": "authentication_error", "message": "expired"}}
    script = PlanAnswer(status=status, body=body, headers={"x-pool": "extra"})
    async with ScriptedUpstream(script) as upstream:
        add_plan(person.kit, upstream.url)
        person.open()
        for _ in range(3):
            answer = await person.ask(said("hi"))
            assert (answer.status_code, answer.json()) == (status, body)
            assert answer.headers["x-pool"] == "extra"
        answer = await person.ask(said("hi"))
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "cc_upstream_auth"
        assert "log in again with claude" in answer.json()["error"]["message"]
        await person.kit.settled()
        assert len(upstream.served) == 4
    assert [event.until for event in person.kit.events(AccountClosed)] == [0]
    assert [event.severity for event in person.kit.events(AlertRaised)] == ["danger"]
    assert "log in again" in person.kit.events(AlertRaised)[0].mend
    assert len(person.kit.events(CallFailed)) == 4
    assert person.kit.gate.view().accounts[0].closed_until == 0


async def test_model_lists_of_a_login_are_the_vendors_own(person: Person) -> None:
    body = {"data": [{"id": "theirs"}]}
    async with ScriptedUpstream(PlanAnswer(status=203, body=body)) as upstream:
        add_plan(person.kit, upstream.url)
        person.open()
        answer = await person.free()
        assert answer.json() == body
        assert upstream.served[0].headers["authorization"] == f"Bearer {BEARER}"
        upstream.script = PlanAnswer(status=401)
        assert (await person.free()).status_code == 401


async def test_model_lists_of_a_key_are_what_the_thread_may_ask_for(person: Person) -> None:
    person.kit.add("key", "http://127.0.0.1:9", kind="responses")
    person.open(account="key", model="m1", models={"m2": "m1"})
    for path in ("/v1/models", "/models"):
        answer = await person.free(path)
        assert [row["id"] for row in answer.json()["data"]] == ["m1", "m2"]


async def test_plan_money_is_in_no_sum_of_money(person: Person) -> None:
    async with ScriptedUpstream(PlanAnswer(input=900_000)) as upstream:
        add_plan(person.kit, upstream.url)
        gate = person.kit.gate
        for scope in (Scope("day"), Scope("operation", "op"), Scope("thread", "1")):
            gate.limit(scope, Limit(usd=Decimal("0.000001")))
        person.open(model="no-such-model", operation="op")
        for n in range(2):
            assert (await person.ask(said(f"hi {n}"))).status_code == 200
        person.kit.gate.limit(Scope("thread", "1"), Limit(tokens=1_000_000))
        await person.kit.settled()
    assert [event.cost.basis for event in person.kit.events(CallSettled)] == ["plan", "plan"]


def test_list_values_of_real_plans() -> None:
    meter = Meter({"c": CLAUDE, "o": CODEX})
    usage = Usage(input=1_000_000, output=1_000)
    claude = meter.price("c", "claude-sonnet-4-5", usage)
    codex = meter.price("o", "gpt-5", usage)
    assert (claude.basis, codex.basis) == ("plan", "plan")
    assert claude.usd
    assert codex.usd
    assert (claude.provider, codex.provider) == ("anthropic", "openai")


async def test_the_bearer_is_in_no_fact_log_or_repr(
    person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    async with ScriptedUpstream(PlanAnswer(gap_s=0.02, headers=unified(0.2, 1))) as upstream:
        add_plan(person.kit, upstream.url)
        person.open()
        await person.ask(said("hi"))
        upstream.script = PlanAnswer(status=401, body={"error": BEARER[:8]})
        await person.ask(said("ho"))
        upstream.script = PlanAnswer(status=500)
        await person.ask(said("hu"))
        await person.ask(said("hi"), "/v1/nothing")
        await person.kit.settled()
    gate = person.kit.gate
    kept = [repr(person.kit.facts), repr(gate.view()), caplog.text]
    kept += [repr(vars(thread)) for thread in gate._threads.all()]
    headers = ((b"authorization", BEARER.encode()),)
    spec = anthropic.parse(said("hi"), "/v1/messages")
    kept.append(repr(Asked("/v1/messages", "", headers, b"", spec)))
    kept.append(repr(Incoming("POST", 1, "/v1/messages", "", headers, "cct_x")))
    kept.append(repr(Outbound("POST", f"/v1/messages?key={BEARER}", headers, b"")))
    assert BEARER not in json.dumps(kept)
