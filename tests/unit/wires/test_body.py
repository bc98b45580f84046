"""What tells a request and its repeat apart from another request."""

import json

from commandcenter.wires.body import fingerprint

ASKED = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 5}


def of(**changed: object) -> str:
    return fingerprint(json.dumps({**ASKED, **changed}).encode())


def test_a_repeat_may_differ_in_what_says_nothing() -> None:
    same = of(
        stream=True,
        stream_options={"include_usage": True},
        metadata={"n": 1},
        client_metadata={},
        user="me",
        prompt_cache_key="k",
    )
    assert same == of() == fingerprint(json.dumps(dict(reversed(ASKED.items()))).encode())
    assert len(same) == 64


def test_another_request_is_another_one() -> None:
    assert len({of(), of(model="n"), of(messages=[]), of(max_tokens=6), of(tools=[])}) == 5
