"""Plan mode: who is let in, the windows each answer tells, 429 at 100 %, and the refill."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from commandcenter.core.conversation import Usage
from commandcenter.sparring.login import MARK
from commandcenter.sparring.plan import Plan, load_plan

LOGIN = {"authorization": f"Bearer {MARK}x"}
CLAUDE = LOGIN | {"anthropic-version": "2023-06-01", "anthropic-beta": "a,oauth-2025-04-20"}
CODEX = LOGIN | {"chatgpt-account-id": "a", "originator": "codex_exec", "session-id": "s"}
TWO = """
stray = 0
beta = "oauth-2025-04-20"
[[window]]
minutes = 300
tokens = 1000
used = 0.5
reset_s = 30
[[window]]
minutes = 10080
tokens = 100000
"""
FULL = "stray = 0\n[[window]]\nminutes = 300\ntokens = 1000\nused = 1.0\nreset_s = 30\n"
UNIFIED = "anthropic-ratelimit-unified"


class SetClock:
    """Time that a test moves; wall starts at 1 000 s since the epoch."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> int:
        return int((1000 + self.now) * 1_000_000_000)


@pytest.fixture
def plan_file(tmp_path: Any) -> Callable[[str], str]:
    def written(text: str) -> str:
        path = tmp_path / "plan.toml"
        path.write_text(text)
        return str(path)

    return written


def plan_of(text: str) -> tuple[Plan, SetClock]:
    clock = SetClock()
    return Plan(load_plan(text.encode()), clock), clock


def used(plan: Plan) -> list[float]:
    return [round(window.used, 4) for window in plan.standing()]


def test_windows_fill_with_true_tokens_and_refill_at_their_reset() -> None:
    plan, clock = plan_of(TWO)
    plan.spend(Usage(input=300, output=100))
    assert used(plan) == [0.9, 0.004]
    assert dict(plan.headers("anthropic"))[f"{UNIFIED}-status"] == "allowed_warning"
    plan.spend(Usage(input=300))
    assert (used(plan)[0], plan.refusal()) == (1.0, "window")
    clock.now = 29.5
    assert (plan.refusal(), plan.next_reset()) == ("window", (1030, 1))
    clock.now = 30.0
    assert (plan.refusal(), used(plan)) == ("", [0.0, 0.007])
    assert [window.resets_at for window in plan.standing()] == [1030 + 18_000, 1000 + 604_800]
    clock.now = 30.0 + 3 * 18_000
    assert plan.standing()[0].resets_at == 1030 + 4 * 18_000


def test_the_headers_are_those_of_the_vendors() -> None:
    plan, _ = plan_of(TWO)
    assert dict(plan.headers("anthropic")) == {
        f"{UNIFIED}-status": "allowed",
        f"{UNIFIED}-reset": "1030",
        f"{UNIFIED}-representative-claim": "five_hour",
        f"{UNIFIED}-5h-utilization": "0.5000",
        f"{UNIFIED}-5h-reset": "1030",
        f"{UNIFIED}-7d-utilization": "0.0000",
        f"{UNIFIED}-7d-reset": "605800",
    }
    assert dict(plan.headers("responses")) == {
        "x-codex-primary-used-percent": "50.00",
        "x-codex-primary-window-minutes": "300",
        "x-codex-primary-reset-at": "1030",
        "x-codex-secondary-used-percent": "0.00",
        "x-codex-secondary-window-minutes": "10080",
        "x-codex-secondary-reset-at": "605800",
    }


def test_one_stray_refusal_comes_at_a_seeded_call() -> None:
    for seed in (1, 2, 3):
        plan, _ = plan_of(TWO.replace("stray = 0", f"seed = {seed}"))
        found = [plan.refusal() for _ in range(12)]
        again, _ = plan_of(TWO.replace("stray = 0", f"seed = {seed}"))
        assert found == [again.refusal() for _ in range(12)]
        assert found.count("stray") == 1
        assert (found[0], found[-1]) == ("", "")


@pytest.mark.parametrize(
    "text",
    ["", "window = []", FULL + "x = 1", FULL * 1 + "[[window]]\nminutes = 0\ntokens = 1", "?"],
)
def test_a_wrong_plan_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="plan"):
        load_plan(text.encode())


def claude_body() -> dict[str, Any]:
    message = {"role": "user", "content": "work"}
    return {"model": "sparring-small", "max_tokens": 900, "messages": [message]}


Send = Callable[[dict[str, str]], Awaitable[httpx.Response]]


def sender(bench: Any, path: str, body: dict[str, Any]) -> Send:
    """Posts with exactly those credentials, not the bench's key."""

    async def send(headers: dict[str, str]) -> httpx.Response:
        request = bench.client.build_request("POST", path, json=body)
        request.headers.pop("authorization")
        request.headers.update(headers)
        found: httpx.Response = await bench.client.send(request)
        return found

    return send


def without(headers: dict[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in headers.items() if key != name}


async def test_claude_is_let_in_by_bearer_version_and_beta(opened: Any, plan_file: Any) -> None:
    async with opened(plan=plan_file(TWO)) as bench:
        send = sender(bench, "/v1/messages", claude_body())
        whole = await send(CLAUDE)
        refused = [await send(without(CLAUDE, name)) for name in CLAUDE]
        keyed = await send(CLAUDE | {"authorization": "Bearer sparring-test-key"})
        chat = await bench.chat("work")
        logged = bench.requests()
    assert whole.status_code == 200
    assert {answer.status_code for answer in (*refused, keyed)} == {401}
    assert refused[0].json()["error"]["type"] == "authentication_error"
    for answer in (whole, *refused):
        assert answer.headers[f"{UNIFIED}-5h-utilization"] >= "0.5000"
    assert chat.status_code == 200
    assert f"{UNIFIED}-status" not in chat.headers
    assert MARK not in str(logged)


async def test_codex_is_let_in_by_account_originator_and_session(
    opened: Any, plan_file: Any
) -> None:
    body = {"model": "sparring-small", "input": "work"}
    async with opened(plan=plan_file(TWO)) as bench:
        send = sender(bench, "/responses", body)
        older = without(CODEX, "session-id") | {"session_id": "s"}
        served = [await send(headers) for headers in (CODEX, older)]
        refused = [await send(without(CODEX, name)) for name in CODEX]
        no_account = await send(without(CODEX, "chatgpt-account-id"))
        models = await bench.client.get("/models", headers=CODEX)
        stranger = await bench.client.get("/models")
    assert [answer.status_code for answer in (*served, models)] == [200, 200, 200]
    assert {answer.status_code for answer in (*refused, stranger)} == {401}
    assert "missing scopes" in no_account.text.lower()
    assert served[0].headers["x-codex-primary-window-minutes"] == "300"


async def test_a_full_window_is_told_in_each_vendors_way(opened: Any, plan_file: Any) -> None:
    body = {"model": "sparring-small", "input": "work"}
    async with opened(plan=plan_file(FULL)) as bench:
        claude = await sender(bench, "/v1/messages", claude_body())(CLAUDE)
        codex = await sender(bench, "/responses", body)(CODEX)
        logged = bench.requests()
    assert (claude.status_code, codex.status_code) == (429, 429)
    assert claude.headers[f"{UNIFIED}-status"] == "rejected"
    assert 0 < int(claude.headers["retry-after"]) <= 30
    error = codex.json()["error"]
    assert error["type"] == "usage_limit_reached"
    assert str(error["resets_at"]) == codex.headers["x-codex-primary-reset-at"]
    assert "retry-after" not in codex.headers
    assert [(one.end.status, one.end.why, one.end.usage) for one in logged] == [
        (429, "window", None)
    ] * 2


async def test_answers_fill_the_window_and_a_stray_refusal_does_not(
    opened: Any, plan_file: Any
) -> None:
    plan = TWO.replace("stray = 0", "seed = 3").replace("tokens = 1000\n", "tokens = 9000\n")
    async with opened(plan=plan_file(plan)) as bench:
        send = sender(bench, "/v1/messages", claude_body())
        answers = [await send(CLAUDE) for _ in range(9)]
        logged = bench.requests()
    strays = [n for n, one in enumerate(logged) if one.end.why == "stray"]
    assert len(strays) == 1
    stray = answers[strays[0]]
    assert (stray.status_code, stray.headers["retry-after"]) == (429, "1")
    assert stray.headers[f"{UNIFIED}-status"] == "allowed"
    paid = sum(one.end.usage.input + one.end.usage.output for one in logged[:-1] if one.end.usage)
    told = float(answers[-1].headers[f"{UNIFIED}-5h-utilization"])
    assert told == pytest.approx(0.5 + paid / 9000, abs=0.0001)
