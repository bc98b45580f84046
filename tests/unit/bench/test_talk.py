"""Bench processes: ready, answers, errors, their end."""

import httpx
import pytest

from commandcenter.bench.talk import Child


async def test_the_generator_answers_errs_and_ends_with_its_input() -> None:
    child = await Child.start("commandcenter.bench.generator", {})
    try:
        assert int(child.ready) > 0
        assert await child.ask("load", rate=10.0, events=2, spread=0) is None
        assert await child.ask("mark") == {"written": 0, "late_ms": 0.0}
        with pytest.raises(RuntimeError, match="unknown request"):
            await child.ask("sing")
        async with httpx.AsyncClient() as client:
            url = f"http://127.0.0.1:{child.ready}/v1/chat/completions"
            answer = await client.post(url, json={"model": "probe", "stream": True})
        assert answer.text.rstrip().endswith("data: [DONE]")
        books = await child.ask("answers")
        assert [book[3] for book in books] == [1]
    finally:
        await child.end()
    with pytest.raises((EOFError, ConnectionError)):
        await child.ask("mark")


async def test_a_process_that_ends_before_it_is_ready_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="before it was ready"):
        await Child.start("commandcenter.version_that_is_not_there", {})
