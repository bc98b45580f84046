"""What the endpoint does besides answering: the log, storms, cuts, faults, leaving clients."""

import asyncio
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from commandcenter.config.resources import resource
from commandcenter.core.conversation import Message, ToolSpec
from commandcenter.sparring.inquiry import Inquiry
from commandcenter.sparring.record import merged, without_model
from commandcenter.sparring.scenario import load_scenario
from commandcenter.sparring.scripts import answer_to
from commandcenter.sparring.server import Options, Ports, read_scenario, serve
from commandcenter.sparring.skirmish import plan

ASKED = {"stream": True, "stream_options": {"include_usage": True}}


async def test_log_says_what_was_asked_and_what_it_cost(opened: Any, body: Any) -> None:
    content = msgspec.json.encode(body("[[sparring script=plain seed=9]] work", **ASKED))
    async with opened() as bench:
        answer = await bench.client.post("/v1/chat/completions", content=content)
        logged = bench.requests()[0]
    begin, end = logged.begin, logged.end
    assert begin.body_sha256 == hashlib.sha256(content).hexdigest()
    bare = content.replace(b'"sparring-small"', b"", 1)
    assert begin.body_sha256_sans_model == hashlib.sha256(bare).hexdigest()
    assert (begin.kind, begin.model, begin.script) == ("chat", "sparring-small", "plain")
    assert begin.headers == tuple(sorted(begin.headers))
    assert "authorization" in begin.headers
    assert (begin.position, begin.attempt, begin.onset, begin.stream) == (0, 1, None, True)
    assert end is not None
    assert begin.mono <= end.mono
    assert begin.wall <= end.wall
    assert (end.status, end.whole, end.cut) == (200, True, "")
    assert end.bytes == len(answer.content)


@pytest.mark.parametrize(
    ("body", "bare"),
    [
        (b'{"model":"a","x":1}', b'{"model":,"x":1}'),
        (b'{"x":{"model":"b"},"model" : "a\\"b"}', b'{"x":{"model":"b"},"model" : }'),
        (
            b'{"x":"model","y":["model","z"],"model":"a"}',
            b'{"x":"model","y":["model","z"],"model":}',
        ),
        (b'{"x":1}', b'{"x":1}'),
    ],
)
def test_body_without_its_model(body: bytes, bare: bytes) -> None:
    assert without_model(body) == bare


async def test_a_call_in_flight_is_in_the_log(opened: Any, fast: Any) -> None:
    fast["knobs"] |= {"rate": 5.0, "ttft_ms": [0, 0]}
    async with opened(fast, control="judge") as bench:
        task = asyncio.create_task(bench.chat("work", stream=True), name="call")
        begun = await until(lambda: bench.requests())
        assert begun[0].end is None
        refused = await bench.client.get("/_sparring/log")
        judge = {"authorization": "Bearer judge"}
        shown = (await bench.client.get("/_sparring/log", headers=judge)).json()["requests"]
        task.cancel()
        ended = await until(lambda: [one for one in bench.requests() if one.end is not None])
    assert refused.status_code == 404
    assert shown[0]["begin"]["n"] == 1
    assert shown[0]["end"] is None
    assert (ended[0].end.cut, ended[0].end.whole) == ("client", False)


async def until(look: Any) -> list[Any]:
    """What the look gives, as soon as it gives something; at most 2 s."""
    for _ in range(400):
        if found := look():
            return list(found)
        await asyncio.sleep(0.005)
    raise AssertionError("nothing seen in 2 s")


async def test_a_torn_last_line_is_left_out(opened: Any) -> None:
    async with opened() as bench:
        await bench.chat("work")
        whole = bench.log.read_bytes()
    assert len(merged(whole.splitlines(keepends=True))) == 1
    assert merged(whole[:-5].splitlines(keepends=True))[0].end is None


async def test_cut_drops_the_connection_once_then_completes(opened: Any, fast: Any) -> None:
    fast["script"] = [
        {
            "id": "bad-line",
            "behaviour": "cut",
            "step": [{"say": "word " * 60, "tool": "shell", "args": {"command": "true"}}],
        }
    ]
    async with opened(fast) as bench:
        with pytest.raises(httpx.HTTPError):
            await bench.chat("work", **ASKED)
        answer = await bench.chat("work", **ASKED)
        first, second = bench.requests()
    assert answer.text.endswith("data: [DONE]\n\n")
    assert (first.end.cut, first.end.whole, first.begin.attempt) == ("server", False, 1)
    assert (second.end.cut, second.end.whole, second.begin.attempt) == ("", True, 2)
    assert 0 < first.end.usage.output < second.end.usage.output
    assert first.end.bytes < second.end.bytes


async def test_storm_refuses_the_whole_account_in_bursts(opened: Any, fast: Any) -> None:
    """At speed 1000 a burst of 60 s every 100 s is 60 ms every 100 ms."""
    fast["script"].append(
        {"id": "storm", "behaviour": "storm", "burst_s": 60, "every_s": 100, "times": 2}
    )
    answers = []
    async with opened(fast, speed=1000.0) as bench:
        await bench.chat("[[sparring script=storm]]")
        for n in range(400):
            answers.append(await bench.chat(f"[[sparring script=plain]] {n}"))
            await asyncio.sleep(0.002)
            if n > 20 and bench.requests()[-1].begin.mono - bench.requests()[0].begin.mono > 0.35:
                break
        logged = bench.requests()
    refused = [a for a in answers if a.status_code != 200]
    assert {a.status_code for a in refused} <= {429, 529}
    assert all(int(a.headers["retry-after"]) >= 1 for a in refused)
    start = logged[0].begin.mono
    for one in logged[1:]:
        age = (one.begin.mono - start) % 0.1
        bursting = 0.1 <= one.begin.mono - start < 0.3 and age < 0.06
        assert (one.end.status != 200) == bursting
        assert (one.end.usage is None) == (one.end.status != 200)
    assert refused


async def test_faults_are_drawn_by_try(opened: Any, fast: Any) -> None:
    fast["faults"] = {"p429": 0.2, "p529": 0.2, "p500": 0.2, "retry_after_s": 2}
    async with opened(fast) as bench:
        tries = [await bench.chat("work") for _ in range(40)]
    statuses = [answer.status_code for answer in tries]
    assert set(statuses) == {200, 429, 529, 500}
    for answer in tries:
        waits = answer.headers.get("retry-after")
        assert waits == ("2" if answer.status_code in (429, 529) else None)
    async with opened(fast) as bench:
        again = [(await bench.chat("work")).status_code for _ in range(40)]
    assert again == statuses


async def test_timeouts_and_drawn_cuts(opened: Any) -> None:
    async with opened(speed=1000.0) as bench:
        with pytest.raises(httpx.HTTPError):
            await bench.chat("[[sparring p_timeout=1]]")
        with pytest.raises(httpx.HTTPError):
            await bench.chat("[[sparring p_cut=1]]", stream=True)
        silent, cut = bench.requests()
    assert (silent.end.usage, silent.end.bytes, silent.end.cut) == (None, 0, "server")
    assert cut.end.usage.output > 0


async def test_pace_and_speed(opened: Any) -> None:
    """60 words at 100 words/s are 0.6 s at speed 1, 0.06 s at speed 10."""
    text = "[[sparring rate=100 jitter=0 think_words=55 ttft_ms=50]]"
    spans = []
    for speed in (1.0, 10.0):
        async with opened(speed=speed) as bench:
            await bench.chat(text, stream=True)
            one = bench.requests()[0]
            spans.append(one.end.mono - one.begin.mono)
    assert 0.6 <= spans[0] < 1.2
    assert 0.06 <= spans[1] < 0.4


async def test_socket_is_ours_alone_and_gone_at_the_end(opened: Any) -> None:
    async with opened() as bench:
        assert os.stat(bench.socket).st_mode & 0o777 == 0o600
    assert not bench.socket.exists()


async def test_serve_says_where_it_listens(capsys: Any, tmp_path: Path) -> None:
    class Still:
        def monotonic(self) -> float:
            return 0.0

        def wall(self) -> int:
            return 0

    stop = asyncio.Event()
    options = Options(port=0, log=str(tmp_path / "log"))
    task = asyncio.create_task(serve(options, Ports(Still(), "the-key"), stop), name="serve")
    ready = json.loads((await until(lambda: capsys.readouterr().out.splitlines()))[0])
    assert ready["key"] == "the-key"
    async with httpx.AsyncClient(headers={"x-api-key": "the-key"}) as client:
        answer = await client.get(ready["ready"] + "/v1/models")
    stop.set()
    await task
    assert [model["id"] for model in answer.json()["data"]] == ready["models"]


def test_scripts_of_both_files_are_there_by_default() -> None:
    scenario = read_scenario(Options(seed=11))
    assert scenario.seed == 11
    assert scenario.find("working").behaviour == "working"
    skirmish = load_scenario(resource("scenarios/skirmish.toml").read_bytes())
    brief = plan(skirmish, 24, 7).threads[0].brief
    asked = Inquiry("chat", "m", (Message("user", brief),), "f", (ToolSpec("read", "", {}),))
    alone, both = answer_to(skirmish, asked), answer_to(scenario, asked)
    assert alone == both
    assert both.knobs.context_pad == skirmish.knobs.context_pad > 0
