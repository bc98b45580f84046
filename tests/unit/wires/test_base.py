"""The checks all wires share."""

import pytest

from commandcenter.wires.base import (
    NO_LIMIT,
    error_text,
    named_id,
    tokens,
    too_deep,
    whole_arguments,
)


def test_tokens_are_whole_and_within_bounds() -> None:
    assert [tokens(n) for n in (0, 7, 7.0, NO_LIMIT, None)] == [0, 7, 7, NO_LIMIT, 0]
    for bad in (-1, NO_LIMIT + 1, 1.5, float("nan"), float("inf"), "7", True, [], {}):
        with pytest.raises(ValueError, match="implausible"):
            tokens(bad)


def test_arguments_are_one_object_and_their_text_is_kept() -> None:
    assert whole_arguments("") == whole_arguments(" \n") == "{}"
    text = '{ "a" : [1, 2.50, null] }'
    assert whole_arguments(text) is text
    assert all(whole_arguments(text[:cut]) is None for cut in range(1, len(text)))
    assert whole_arguments('{"a":' + str(2**64) + "}") is None
    assert whole_arguments('{"a":' * 128 + "1" + "}" * 128) is not None
    assert whole_arguments('{"a":' * 129 + "1" + "}" * 129) is None


def test_depth_counts_lists_and_objects() -> None:
    value: object = 1
    for _ in range(64):
        value = {"a": [value]}
    assert not too_deep(value)
    assert too_deep([value])


def test_errors_become_one_short_line() -> None:
    assert error_text(b'{"error":{"code":529,"message":"over\\nloaded"}}') == "529: over loaded"
    assert error_text(b'{"type":"x","message":"y"}') == "x: y"
    assert error_text(b'"plain"') == "plain"
    assert error_text(b"<b>\x1b[1m") == "<b>␛[1m"
    assert len(error_text(b'"' + b"x" * 5000 + b'"')) == 200


def test_made_ids_depend_on_every_part() -> None:
    assert named_id("a", "b") == named_id("a", "b") != named_id("ab", "")
