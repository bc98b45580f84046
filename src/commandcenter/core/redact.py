"""Keys taken out of all that is written or shown (safety.md 8), before it is hashed or stored."""

import base64
import functools
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

SHORTEST = 8
"""Stored values under this many characters are left alone: they would hit plain words."""
HOLD_LIMIT = 512

_GRAM = 6
_STRIDE = 11
_LONG = _GRAM + _STRIDE - 1
"""A form of 16 bytes or more covers a whole sampled gram wherever it stands."""
_RUN = b"a" * _LONG
_TO_RUNS = bytes(
    ord("a") if (chr(code).isalnum() and code < 128) or chr(code) in "_-+%~" else 0x20
    for code in range(256)
)
_LEAD = 24
"""How far before a run the anchor of its shape may stand: `access_key": "`."""

_SHAPES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    # name, what must stand in the text, and the shape: one group = only that part is the secret
    ("anthropic", ("sk-ant-",), r"sk-ant-[\w-]{20,}"),
    ("openrouter", ("sk-or-",), r"sk-or-[\w-]{20,}"),
    ("openai", ("sk-",), r"sk-(?=[\w-]{0,40}\d)[\w-]{20,}"),
    ("commandcenter", ("cct_",), r"cct_[\w-]{32,}"),
    ("github", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"gh[pousr]_[A-Za-z0-9]{30,}"),
    ("github", ("github_pat_",), r"github_pat_\w{22,}"),
    ("gitlab", ("glpat-", "gldt-", "glrt-"), r"gl(?:pat|dt|rt)-[\w.-]{20,}"),
    ("aws", ("AKIA", "ASIA"), r"A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])"),
    ("google", ("AIza",), r"AIza[\w-]{35}"),
    ("google", ("ya29.",), r"ya29\.[\w-]{20,}"),
    ("google", ("GOCSPX-",), r"GOCSPX-[\w-]{20,}"),
    ("slack", ("xox", "xapp-"), r"(?:xox[a-eprs]|xapp)-[A-Za-z0-9-]{20,}"),
    ("slack", ("/B",), r"hooks\.slack\.com/services/([\w/]{20,})"),
    ("stripe", ("_live_", "_test_"), r"[prs]k_(?:live|test)_[A-Za-z0-9]{16,}"),
    ("stripe", ("whsec_",), r"whsec_[A-Za-z0-9+/]{24,}"),
    ("huggingface", ("hf_",), r"hf_[A-Za-z0-9]{30,}"),
    ("npm", ("npm_",), r"npm_[A-Za-z0-9]{36}"),
    ("pypi", ("pypi-",), r"pypi-[\w-]{50,}"),
    ("groq", ("gsk_",), r"gsk_[A-Za-z0-9]{40,}"),
    ("xai", ("xai-",), r"xai-[A-Za-z0-9]{40,}"),
    ("replicate", ("r8_",), r"r8_[A-Za-z0-9]{30,}"),
    ("perplexity", ("pplx-",), r"pplx-[A-Za-z0-9]{32,}"),
    ("nvidia", ("nvapi-",), r"nvapi-[\w-]{40,}"),
    ("sendgrid", ("SG.",), r"SG\.[\w-]{16,}\.[\w-]{16,}"),
    ("digitalocean", ("_v1_",), r"do[opr]_v1_[a-f0-9]{64}"),
    ("shopify", ("shp",), r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    ("vault", ("hvs.", "hvb."), r"hv[sb]\.[\w-]{24,}"),
    ("age", ("AGE-SECRET-KEY-1",), r"AGE-SECRET-KEY-1[A-Z0-9]{58}"),
    ("tailscale", ("tskey-",), r"tskey-[a-z]+-[\w-]{16,}"),
    ("linear", ("lin_api_",), r"lin_api_[A-Za-z0-9]{32,}"),
    ("notion", ("ntn_", "secret_"), r"(?:ntn_|secret_)[A-Za-z0-9]{40,}"),
    ("telegram", (":AA",), r"\d{8,10}:AA[\w-]{33}"),
    ("databricks", ("dapi",), r"dapi[a-f0-9]{32}"),
    ("twilio", ("SK",), r"SK[a-f0-9]{32}(?![A-Za-z0-9])"),
    ("azure", ("AccountKey=",), r"AccountKey=([A-Za-z0-9+/]{40,}={0,2})"),
    (
        "aws",
        ("ccess",),
        r"(?i:secret_?access_?key)[\"'\\ ]{0,4}[:=][\"'\\ ]{0,4}([A-Za-z0-9+/]{40})",
    ),
    ("mailchimp", ("-us",), r"[0-9a-f]{32}-us\d{1,2}"),
    ("square", ("sq0",), r"sq0[a-z]{3}-[\w-]{22,}"),
    ("square", ("EAAA",), r"EAAA[\w-]{56,}"),
    ("artifactory", ("AKC",), r"AKC[A-Za-z0-9]{60,}"),
    ("cerebras", ("csk-",), r"csk-[a-z0-9]{40,}"),
    ("docker", ("dckr_pat_",), r"dckr_pat_[\w-]{20,}"),
    ("grafana", ("glsa_",), r"glsa_\w{32,}"),
    ("sentry", ("sntry",), r"sntry[su]_[\w+/=-]{40,}"),
    ("langsmith", ("lsv2_",), r"lsv2_[a-z]{2}_[0-9a-f_]{32,}"),
    ("figma", ("figd_",), r"figd_[\w-]{36,}"),
    ("supabase", ("sbp_", "sb_secret_"), r"sb(?:p|_secret)_\w{20,}"),
    ("atlassian", ("ATATT3",), r"ATATT3[\w=-]{40,}"),
    ("jwt", ("eyJ",), r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
    ("bearer", ("earer ",), r"[Bb]earer ([\w.~+/-]{20,}=*)"),
)
_START = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt])|(?<=\\u[0-9a-fA-F]{4}))"
"""A shape begins where a word does; in JSON text a line break is written as two characters."""
_URL_LOGIN = re.compile(r"://[^\s/:@\"'\\<>{}$⟦]{0,64}:([^\s/:@\"'\\<>{}$⟦]{3,256})@")
_PEM_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_PEM_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_PEM_BODY = re.compile(r"(?:\\[nr]|[A-Za-z0-9+/=\s])*")


class Redactor:
    """Replaces stored values, key shapes and private keys by `⟦secret:NAME:4 hex⟧`."""

    def __init__(self, values: Mapping[str, str], key: bytes) -> None:
        """`values`: name of the key (provider or account) -> value; `key`: of the tags' hash."""
        self._key = key[:64]
        self.values = {
            value: _named(name) for name, value in values.items() if len(value) >= SHORTEST
        }
        self._tags = {
            form: self._tag(name, value)
            for value, name in self.values.items()
            for form in _forms(value)
        }
        longest_first = sorted(self._tags, key=len, reverse=True)
        self._stored = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        encoded = [form.encode("utf-8", "surrogatepass") for form in self._tags]
        self._odd = tuple(form for form in encoded if _RUN not in form.translate(_TO_RUNS))
        self._grams = frozenset(
            form[at : at + _GRAM] for form in encoded for at in range(len(form) - _GRAM + 1)
        )
        self._shapes = tuple(
            (name, tuple(a.encode() for a in anchors), re.compile(_START + shape))
            for name, anchors, shape in _SHAPES
        )
        anchors = sorted({anchor for _, some, _ in self._shapes for anchor in some})
        self._anchors = re.compile(b"|".join(map(re.escape, anchors)))

    def payload(self, data: bytes) -> bytes:
        """The same UTF-8 bytes (JSON stays JSON) without keys; `data` itself when it is clean."""
        if not self._suspect(data):
            return data
        text = data.decode("utf-8", "surrogateescape")
        redacted = self._redacted(text, data)
        return data if redacted == text else redacted.encode("utf-8", "surrogateescape")

    def text(self, text: str) -> str:
        """`text` without keys; `text` itself when it is clean."""
        data = text.encode("utf-8", "surrogatepass")
        return self._redacted(text, data) if self._suspect(data) else text

    def stored(self, text: str) -> list[tuple[int, int]]:
        """Where in `text` stored values stand: start and end, in characters."""
        return [match.span() for match in self._stored.finditer(text)]

    def _suspect(self, data: bytes) -> bool:
        """Whether a key may stand in `data`; never False when a stored value does.

        All but odd values hold a run of 16 word characters, which most payloads do not: only
        those runs, with what stands before them, are looked at closely.
        """
        runs = data.translate(_TO_RUNS)
        start = runs.find(_RUN)
        while start >= 0:
            end = runs.find(b" ", start)
            end = end if end >= 0 else len(data)
            places = range(start, end - _GRAM + 1, _STRIDE)
            if self._anchors.search(data, max(0, start - _LEAD), end) or not (
                self._grams.isdisjoint([data[at : at + _GRAM] for at in places])
            ):
                return True
            start = runs.find(_RUN, end)
        if b"PRIVATE KEY" in data or (b"@" in data and b"://" in data):
            return True
        return any(form in data for form in self._odd) if self._odd else False

    def _redacted(self, text: str, data: bytes) -> str:
        text = self._stored.sub(lambda match: self._tags[match[0]], text)
        if "PRIVATE KEY" in text:
            text = self._without_pem(text)
        for name, anchors, shape in self._shapes:
            if any(anchor in data for anchor in anchors):
                text = shape.sub(functools.partial(self._shape_tag, name), text)
        if "://" in text:
            text = _URL_LOGIN.sub(functools.partial(self._shape_tag, "url"), text)
        return text

    def _shape_tag(self, name: str, match: re.Match[str]) -> str:
        whole = match[0]
        if not match.re.groups:
            return self._tag(name, whole)
        start, end = (at - match.start() for at in match.span(1))
        return whole[:start] + self._tag(name, match[1]) + whole[end:]

    def _without_pem(self, text: str) -> str:
        parts: list[str] = []
        at = 0
        while begin := _PEM_BEGIN.search(text, at):
            stop = text.find('"', begin.end())  # never beyond one JSON string
            end = _PEM_END.search(text, begin.end(), stop if stop >= 0 else len(text))
            body = _PEM_BODY.match(text, begin.end())
            close = end.end() if end else body.end() if body else begin.end()
            parts += [text[at : begin.start()], self._tag("pem", text[begin.start() : close])]
            at = close
        return "".join([*parts, text[at:]])

    def _tag(self, name: str, secret: str) -> str:
        raw = secret.encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(raw, key=self._key, digest_size=2).hexdigest()
        return f"⟦secret:{name}:{digest}⟧"


class RedactedStream:
    """Deltas of one text: a tail that may begin a stored value waits for what follows."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._held = ""

    @property
    def holds(self) -> bool:
        """Whether a tail waits; the owner calls `flush` after 250 ms at the latest."""
        return bool(self._held)

    def feed(self, delta: str) -> str:
        """What may go on now, redacted."""
        text = self._held + delta
        cut = self._held_from(text)
        self._held = text[cut:]
        return self._redactor.text(text[:cut])

    def flush(self) -> str:
        """The held tail, redacted; at the end of the text or when it waited too long."""
        tail, self._held = self._held, ""
        return self._redactor.text(tail)

    def _held_from(self, text: str) -> int:
        """Where the longest tail begins that is a proper prefix of a stored value."""
        earliest = len(text)
        for value in self._redactor.values:
            start = max(0, len(text) - min(len(value) - 1, HOLD_LIMIT))
            while 0 <= (start := text.find(value[0], start)) < earliest:
                if value.startswith(text[start:]):
                    earliest = start
                start += 1
        for start, end in self._redactor.stored(text[-4 * HOLD_LIMIT :]):
            offset = max(0, len(text) - 4 * HOLD_LIMIT)
            if start + offset < earliest < end + offset:
                return end + offset
        return earliest


def _named(name: str) -> str:
    return re.sub(r"[^a-z0-9_.-]+", "-", name.lower())[:32] or "key"


def _forms(value: str) -> Iterable[str]:
    """The ways `value` may be written: plain, JSON, URL, hex, base64 at each of three offsets."""
    raw = value.encode("utf-8", "surrogatepass")
    ascii_json, plain_json = json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]
    forms = {value, ascii_json, plain_json, plain_json.replace("/", "\\/")}
    forms |= {json.dumps(form, ensure_ascii=False)[1:-1] for form in forms}  # JSON within JSON
    forms |= {quote(raw, safe=""), quote(raw), raw.hex(), raw.hex().upper()}
    for lead in range(3):
        coded = base64.b64encode(b"\0" * lead + raw).decode().rstrip("=")
        whole = coded[(0, 2, 3)[lead] :]
        inner = whole if (lead + len(raw)) % 3 == 0 else whole[:-1]
        forms |= {inner, inner.replace("+", "-").replace("/", "_")}
    return sorted(form for form in forms if len(form) >= SHORTEST)
