"""OpenAI responses: golden bytes built, whole, streamed, split at every byte; ends and failures."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commandcenter.core.conversation import Usage
from commandcenter.wires import responses
from commandcenter.wires.base import NO_LIMIT, CallSpec, CarriedWire
from commandcenter.wires.responses_answer import Tap

GOLDEN = Path(__file__).parent / "golden"
STREAM = (GOLDEN / "responses_tools.sse").read_bytes()
WHOLE = (GOLDEN / "responses_whole.json").read_bytes()
REQUEST = (GOLDEN / "responses_request.json").read_bytes().strip()
USAGE = {
    STREAM: Usage(input=2006, cached_read=1920, output=300, thinking=128),
    WHOLE: Usage(input=120, cached_read=64, output=17),
}
WIRE: CarriedWire = responses


def forwarded(tap: Tap, parts: list[bytes]) -> bytes:
    return b"".join(tap.feed(part) for part in parts) + tap.end()


def event(kind: str, **fields: Any) -> bytes:
    return b"data: " + json.dumps({"type": kind, **fields}).encode() + b"\n\n"


def text(said: str) -> bytes:
    return event("response.output_text.delta", delta=said)


def ended(kind: str, **fields: Any) -> bytes:
    return event(f"response.{kind}", response=fields)


@pytest.mark.parametrize("data", [STREAM, WHOLE], ids=["stream", "whole"])
def test_each_split_is_metered_the_same_and_forwarded_unchanged(data: bytes) -> None:
    halves = [[data[:cut], data[cut:]] for cut in range(1, len(data))]
    for parts in [*halves, [bytes([byte]) for byte in data], [data]]:
        tap = responses.new_tap()
        assert forwarded(tap, parts) == data
        assert (tap.complete, tap.content_started, tap.errors) == (True, True, [])
        assert tap.usage(USAGE[data].input) == USAGE[data]


@pytest.mark.parametrize("line_end", [b"\r\n", b"\r"])
def test_other_line_ends_are_metered_the_same(line_end: bytes) -> None:
    data = STREAM.replace(b"\n", line_end)
    for cut in range(1, len(data), 7):
        tap = responses.new_tap()
        assert forwarded(tap, [data[:cut], data[cut:]]) == data
        assert tap.usage(0) == USAGE[STREAM]


def test_characters_out_are_counted_once_by_delta_or_by_item() -> None:
    tap = responses.new_tap()
    forwarded(tap, [STREAM])
    said = (
        "The empty line is not skipped. Größe ✓" + "I read the test — then “fix” it 🙂.\nNext\tline"
    )
    said += '{"command":"echo \\"hi\\"","n":[1,{"a":null}]}' + "*** Begin Patch\n"
    assert tap.chars_out == len(said)


def test_the_request_is_read_by_admission() -> None:
    spec = WIRE.parse(REQUEST, "/v1/responses")
    assert spec == CallSpec(
        kind="responses",
        model="gpt-x",
        stream=True,
        tools=True,
        est_in=spec.est_in,
        max_out=2048,
        bound_thinking=True,
    )
    assert 55 <= spec.est_in <= 90


@pytest.mark.parametrize("path", ["/responses/compact", "/v1/responses/compact"])
def test_compacting_is_told_apart(path: str) -> None:
    assert path in WIRE.MODEL_PATHS
    assert WIRE.parse(b'{"model":"m","input":"x"}', path).compact
    assert not WIRE.parse(b'{"model":"m","input":"x"}', "/responses").compact


def test_what_a_short_request_says() -> None:
    body = {"model": "m", "input": "abcd" * 10, "text": {"format": {"type": "json_schema"}}}
    spec = WIRE.parse(json.dumps(body).encode(), "/responses")
    assert (spec.shaped, spec.tools, spec.stream, spec.max_out) == (True, False, False, NO_LIMIT)
    assert not spec.bound_thinking
    image = {"type": "input_image", "image_url": "data:image/png;base64," + "A" * 9_000}
    asked = {"model": "m", "input": [{"role": "user", "content": [image]}]}
    assert WIRE.parse(json.dumps(asked).encode(), "/responses").est_in == 1_600


@pytest.mark.parametrize("bad", [b"", b"[]", b'{"input":"x"}', b'{"model":"a","Model":"b"}'])
def test_what_is_no_request_is_refused(bad: bytes) -> None:
    with pytest.raises(ValueError, match="request body cannot be read"):
        WIRE.parse(bad, "/responses")


def test_the_model_is_rewritten_in_place_and_nothing_else() -> None:
    changed = WIRE.rewrite_model(REQUEST, "other")
    assert changed == REQUEST.replace(b'"model":"gpt-x"', b'"model":"other"')


def test_refusals_speak_the_callers_form() -> None:
    told = json.loads(WIRE.refusal("commandcenter: no", "cc_ended"))
    error = {"message": "commandcenter: no", "type": "invalid_request_error", "code": "cc_ended"}
    assert told == {"error": error}


def test_an_incomplete_answer_is_exact_and_a_cut_one_is_not() -> None:
    usage = {"input_tokens": 9, "output_tokens": 3}
    tap = responses.new_tap()
    forwarded(tap, [text("abcdefgh"), ended("incomplete", usage=usage)])
    assert tap.complete
    assert tap.usage(50) == Usage(input=9, output=3)
    cut = responses.new_tap()
    cut.feed(text("abcdefgh"))
    assert cut.usage(50) == Usage(input=50, output=2, counts="estimated")


@pytest.mark.parametrize(
    ("code", "again"), [("server_is_overloaded", True), ("context_length_exceeded", False)]
)
def test_a_failure_is_metered_and_tried_again_only_where_that_may_help(
    code: str, again: bool
) -> None:
    failed = ended(
        "failed",
        usage={"input_tokens": 9, "output_tokens": 0},
        error={"code": code, "message": "no"},
    )
    tap = responses.new_tap()
    forwarded(tap, [failed])
    assert bool(tap.broken) is again
    assert tap.usage(50) == Usage(input=9)
    assert not tap.content_started


def test_an_error_event_and_an_error_body_are_broken() -> None:
    for data in (event("error", message="overloaded"), b'{"error":{"message":"overloaded"}}'):
        tap = responses.new_tap()
        assert forwarded(tap, [data]) == data
        assert "overloaded" in tap.broken
        assert tap.usage(7) == Usage(input=7, counts="estimated")


@pytest.mark.parametrize("bad", [b"{", b"nonsense", b"\xff", b"[1]", b'{"type":5}', b"null"])
def test_a_bad_event_is_noted_and_the_next_is_read(bad: bytes) -> None:
    tap = responses.new_tap()
    data = text("good ") + b"data: " + bad + b"\n\n" + text("again") + ended("completed")
    assert forwarded(tap, [data]) == data
    assert (tap.complete, tap.chars_out, len(tap.errors)) == (True, 10, 1)


def test_absurd_usage_gives_way_to_the_estimate() -> None:
    tap = responses.new_tap()
    forwarded(tap, [text("abcd"), ended("completed", usage={"input_tokens": -4})])
    assert tap.implausible
    assert tap.usage(50) == Usage(input=50, output=1, counts="estimated")


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_no_bytes_make_the_tap_raise_or_depend_on_the_split(data: st.DataObject) -> None:
    stream = bytearray(STREAM)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(stream) - 1))
        stream[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=12))
    whole, cut = bytes(stream), data.draw(st.integers(0, len(stream)))
    one, two = responses.new_tap(), responses.new_tap()
    assert forwarded(one, [whole]) == forwarded(two, [whole[:cut], whole[cut:]]) == whole
    assert one.usage(10) == two.usage(10)
