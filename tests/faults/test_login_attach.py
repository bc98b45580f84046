"""The hostile list of gate.md 9, M2 row: a person's login is used by its own client alone."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
import pytest_asyncio

from commandcenter.gate.base import GateRefused, Route
from commandcenter.gate.door import NOT_ACCEPTED
from commandcenter.testing.attack import Attack, attacked
from commandcenter.testing.plans import PlanAnswer, add_plan, said
from commandcenter.wires.base import WireRequest

LOGIN = "sparring-login-MARKED-42"
MESSAGES = said("hi", stream=True)


@dataclass
class Plan:
    """A gate with a practice plan: its own session (1), another agent's (2), a key's (3)."""

    attack: Attack
    secrets: dict[int, str]

    def post(self, thread: int = 1, login: str = f"Bearer {LOGIN}", **more: str) -> bytes:
        """A good call on the plan by its own client, changed."""
        lines = [
            f"POST /t/{thread}/v1/messages HTTP/1.1",
            f"Host: {self.attack.host}",
            f"content-length: {len(MESSAGES)}",
            f"x-cc-secret: {more.pop('secret', self.secrets[thread])}",
            *([f"authorization: {login}"] if login else []),
            *more.values(),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + MESSAGES


@pytest_asyncio.fixture
async def plan() -> AsyncIterator[Plan]:
    async with attacked() as attack:
        yield Plan(attack, prepared(attack))


def prepared(attack: Attack) -> dict[int, str]:
    """The plan and its sessions; their secrets by thread."""
    kit, url = attack.kit, attack.upstream.url
    attack.upstream.script = PlanAnswer()
    add_plan(kit, url)
    kit.add("key", url, kind="anthropic", key_ref="k")
    kit.keys["k"] = "the-accounts-key"
    routes = {
        1: Route("plan-claude", "", agent="claude"),
        2: Route("plan-claude", "", agent="acp"),
        3: Route("key", "", agent="claude"),
    }
    return {thread: kit.gate.open(thread, 3, route).secret for thread, route in routes.items()}


async def test_the_persons_own_client_is_served_with_its_login(plan: Plan) -> None:
    assert b"word" in await plan.attack.send(plan.post())
    (served,) = plan.attack.upstream.served
    assert served.headers["authorization"] == f"Bearer {LOGIN}"
    assert served.body == MESSAGES


LOGIN_ABUSE: dict[str, Callable[[Plan], bytes]] = {
    "by another driver": lambda p: p.post(2),
    "by another driver in this one's path": lambda p: p.post(1, secret=p.secrets[2]),
    "without a bearer": lambda p: p.post(login=""),
    "with our secret as the bearer": lambda p: p.post(login=f"Bearer {p.secrets[1]}"),
    "with a foreign bearer on a practice account": lambda p: p.post(login="Bearer sk-ant-oat01"),
    "with basic": lambda p: p.post(login="Basic c3BhcnJpbmctbG9naW4="),
    "with two bearers": lambda p: p.post(second=f"authorization: Bearer {LOGIN}"),
    "without our secret": lambda p: p.post(secret=""),
}


@pytest.mark.parametrize("name", LOGIN_ABUSE)
async def test_a_login_is_used_by_nobody_else(plan: Plan, name: str) -> None:
    answer = await plan.attack.send(LOGIN_ABUSE[name](plan))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"cc_login_missing" in answer or answer.endswith(NOT_ACCEPTED)
    assert not plan.attack.upstream.served


async def test_a_login_without_the_players_word_is_not_used(plan: Plan) -> None:
    plan.attack.kit.gate.logins(frozenset())
    assert b"cc_login_missing" in await plan.attack.send(plan.post())
    assert not plan.attack.upstream.served


async def test_our_own_loop_uses_no_login(plan: Plan) -> None:
    headers = (("authorization", f"Bearer {LOGIN}"),)
    with pytest.raises(GateRefused, match="only claude may use it"):
        async for _ in plan.attack.kit.gate.call(
            1, 3, WireRequest("/v1/messages", headers, MESSAGES)
        ):
            pass
    assert not plan.attack.upstream.served


async def test_a_bearer_towards_a_key_account_is_dropped(plan: Plan) -> None:
    assert b"word" in await plan.attack.send(plan.post(3))
    (served,) = plan.attack.upstream.served
    assert served.headers["x-api-key"] == "the-accounts-key"
    assert LOGIN not in str(served.headers)


async def test_a_login_is_in_nothing_that_is_recorded_shown_or_logged(
    plan: Plan, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    attack = plan.attack
    await attack.send(plan.post())
    await attack.send(plan.post(2))
    attack.upstream.script = PlanAnswer(status=401)
    await attack.send(plan.post())
    await attack.kit.settled()
    threads = [repr(vars(thread)) for thread in attack.kit.gate._threads.all()]
    kept = repr(attack.kit.facts) + repr(attack.kit.gate.view()) + caplog.text + str(threads)
    assert "MARKED" not in kept
    assert not [secret for secret in plan.secrets.values() if secret in kept]
