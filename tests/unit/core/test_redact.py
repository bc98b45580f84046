"""Stored keys never pass, other key shapes hardly ever, plain text is left alone."""

import base64
import itertools
import json
import random
import string
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.core.redact import SHORTEST, RedactedStream, Redactor

RNG = random.Random(7)
ALNUM = string.ascii_letters + string.digits


def some(length: int, alphabet: str = ALNUM) -> str:
    """A key body: seeded, with a digit, as every real one has."""
    return "".join(RNG.choices(alphabet, k=length - 1)) + "7"


STORED = {
    "openai": "sk-proj-" + some(48),
    "Anthropic Key!": "sk-ant-api03-" + some(40, ALNUM + "_-"),
    "odd": 'pä ss/"w\\ord+1',
    "local": "hunter2hunter2",
}
REDACTOR = Redactor(STORED, b"k" * 32)
HEX, UPPER = "0123456789abcdef", string.ascii_uppercase + string.digits
SHAPES = [
    "sk-" + some(48),
    "sk-ant-oat01-" + some(60),
    "sk-or-v1-" + some(64, HEX),
    "cct_" + some(43, ALNUM + "_-"),
    *(f"{start}_" + some(36) for start in ("ghp", "gho", "ghu", "ghs", "ghr")),
    "github_pat_" + some(22) + "_" + some(59),
    "glpat-" + some(20),
    "AKIA" + some(16, UPPER),
    "ASIA" + some(16, UPPER),
    "AIza" + some(35, ALNUM + "_-"),
    "ya29." + some(60),
    "GOCSPX-" + some(28),
    "xoxb-123456789012-123456789012-" + some(24),
    "xapp-1-A012345-123456789-" + some(40, HEX),
    "sk_live_" + some(24),
    "rk_test_" + some(24),
    "whsec_" + some(32),
    "hf_" + some(34),
    "npm_" + some(36),
    "pypi-AgEIcHlwaS5vcmc" + some(60),
    "gsk_" + some(52),
    "xai-" + some(80),
    "r8_" + some(37),
    "pplx-" + some(48),
    "nvapi-" + some(64),
    "SG." + some(22) + "." + some(43),
    "dop_v1_" + some(64, HEX),
    "shpat_" + some(32, HEX),
    "hvs." + some(90),
    "AGE-SECRET-KEY-1" + some(58, UPPER),
    "tskey-auth-" + some(20),
    "lin_api_" + some(40),
    "ntn_" + some(46),
    "123456789:AA" + some(33),
    "dapi" + some(32, HEX),
    "SK" + some(32, HEX),
    some(32, HEX) + "-us12",
    "sq0atp-" + some(22),
    "glsa_" + some(32) + "_" + some(8, HEX),
    "dckr_pat_" + some(27),
    "eyJ" + some(33) + ".eyJ" + some(60) + "." + some(43),
]
IN_PLACE = [
    ("Authorization: Bearer {}", some(40)),
    ("AccountKey={};EndpointSuffix=x", some(86) + "=="),
    ('"aws_secret_access_key": "{}"', some(40)),
    ("aws_secret_access_key={}", some(40)),
    ("postgres://user:{}@db.example/x", "s3cr3t!"),
    ("https://hooks.slack.com/services/{}", "T0123ABCD/B0123ABCD/" + some(24)),
]
PEM = (
    "-----BEGIN {0}PRIVATE KEY-----\n"
    + some(64)
    + "\n"
    + some(30)
    + "==\n-----END {0}PRIVATE KEY-----"
)


def gone(text: str, secret: str, redactor: Redactor = REDACTOR) -> bool:
    """Neither the text nor its JSON payload keeps the secret, and the JSON still reads."""
    payload = redactor.payload(msgspec.json.encode({"text": text, "n": 1}))
    inside = json.loads(payload)["text"]
    return secret not in redactor.text(text) and secret not in inside and "⟦secret:" in inside


@pytest.mark.parametrize("name", STORED)
def test_each_written_form_of_a_stored_value_goes(name: str) -> None:
    value = STORED[name]
    raw = value.encode()
    forms = [value, quote(value, safe=""), quote(value), raw.hex(), raw.hex().upper()]
    forms += [json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]]
    for form in forms:
        for text in (form, f"x{form}y", f"export K={form}\nnext", "é" * 50 + form):
            assert gone(text, form), form


@pytest.mark.parametrize("name", ["openai", "Anthropic Key!", "odd"])
@pytest.mark.parametrize("lead", ["", "a", "ab", "user:"])
@pytest.mark.parametrize("code", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_goes_at_each_offset(name: str, lead: str, code: Callable[[bytes], bytes]) -> None:
    for tail in ("", "t", "tail"):
        coded = code((lead + STORED[name] + tail).encode()).decode()
        start = 4 * (len(lead) // 3 + 1)
        inner = coded[start : start + 4 * ((len(STORED[name]) - 4) // 3)]
        assert gone(f"Authorization: Basic {coded}\n", inner)


def test_the_tag_names_provider_and_key_and_is_the_same_for_every_form() -> None:
    plain = REDACTOR.text(STORED["openai"])
    assert plain.startswith("⟦secret:openai:")
    assert plain == REDACTOR.text(STORED["openai"].encode().hex())
    assert plain != Redactor(STORED, b"other").text(STORED["openai"])
    assert REDACTOR.text(STORED["Anthropic Key!"]).startswith("⟦secret:anthropic-key-:")
    assert len(plain) == len("⟦secret:openai:3f9a⟧")


@pytest.mark.parametrize("key", SHAPES, ids=lambda key: key[:8])
def test_known_shapes_go(key: str) -> None:
    for text in (key, f"key={key}", f'"{key}"', f"first line\n{key}\n", f"({key})", f"a\t{key},"):
        assert gone(text, key), text


@pytest.mark.parametrize(("text", "secret"), IN_PLACE)
def test_only_the_secret_part_goes_where_its_place_betrays_it(text: str, secret: str) -> None:
    shown = REDACTOR.text(text.format(secret))
    assert gone(text.format(secret), secret)
    assert shown.startswith(text.split("{}")[0])
    assert shown.endswith(text.split("{}")[1])


@pytest.mark.parametrize("kind", ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "])
def test_private_keys_go_whole_or_cut(kind: str) -> None:
    pem = PEM.format(kind)
    body = pem.split("\n")[1]
    assert gone(f"cat key\n{pem}\ndone", body)
    assert REDACTOR.text(f"cat key\n{pem}\ndone").endswith("⟧\ndone")
    assert gone(pem[:100], body[:40])
    two = msgspec.json.encode([pem[:60], "quiet", pem])
    assert json.loads(REDACTOR.payload(two))[1] == "quiet"


def test_clean_text_comes_back_itself() -> None:
    for text in ("", "plain", "sk-", "https://example.com/a?b=c@d", "the risk-taking of it " * 9):
        data = text.encode()
        assert REDACTOR.payload(data) is data
        assert REDACTOR.text(text) is text
    assert REDACTOR.payload(b"\xff\xfe" + STORED["openai"].encode()).startswith(b"\xff\xfe")
    assert Redactor({"x": "short"[: SHORTEST - 1]}, b"k").text("short") == "short"


def test_code_is_hardly_ever_hit() -> None:
    sources = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    lines = [line for path in sources for line in path.read_text("utf-8").splitlines()][:30_000]
    hits = [line for line in lines if REDACTOR.text(line) != line]
    assert len(lines) == 30_000
    assert len(hits) <= 30, hits[:10]  # 0.1 %; the must is 0.5 %


@given(
    parts=st.lists(st.sampled_from([*STORED.values(), "x", "sk-", " ", "aé", "7"]), max_size=6),
    cuts=st.lists(st.integers(0, 400), max_size=12),
)
def test_a_key_split_over_deltas_never_passes(parts: list[str], cuts: list[int]) -> None:
    text = " ".join(parts)
    stream = RedactedStream(REDACTOR)
    places = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    deltas = [text[start:end] for start, end in itertools.pairwise(places)]
    out = "".join(stream.feed(delta) for delta in deltas) + stream.flush()
    assert not any(value in out for value in STORED.values())
    assert not stream.holds


def test_a_stream_holds_back_only_what_may_begin_a_key() -> None:
    stream = RedactedStream(REDACTOR)
    value = STORED["openai"]
    assert stream.feed("hello sk-pr") == "hello "
    assert stream.feed("oblem") == "sk-problem"
    assert stream.feed(value[:20]) == ""
    assert stream.holds
    assert stream.feed(value[20:] + " next").startswith("⟦secret:openai:")
    one_by_one = "".join(stream.feed(char) for char in f"a{value}b") + stream.flush()
    assert one_by_one == REDACTOR.text(f"a{value}b")
    nested = RedactedStream(Redactor({"a": "abcdefgh", "b": "abcdefghijklmnop"}, b"k"))
    assert nested.feed("abcdefgh") + nested.feed("ijklmnop") + nested.flush() != ""
    assert "ijkl" not in nested.feed("abcdefgh") + nested.feed("ijklmnop") + nested.flush()


def test_hostile_text_costs_little_time() -> None:
    for text in (
        "-----BEGIN PRIVATE KEY-----" * 4000,
        "a" * 200_000,
        "sk-" * 60_000,
        "://" + "a:" * 60_000,
        "eyJ" + "a." * 60_000,
        "access_key" + " " * 100_000,
    ):
        began = time.perf_counter()
        REDACTOR.text(text)
        assert time.perf_counter() - began < 1.0
