"""Every case of the adversarial path corpus (safety.md G2)."""

import contextlib
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commandcenter.hosts.files import Files

CORPUS = Path(__file__).resolve().parents[3] / "shared/data/safety/paths.json"
STRICTER = {"link that stays inside"}
"""M1's component walk follows no link at all (safety.md 5)."""
NOT_OFFERED = {"delete", "chmod", "extract"}
REFUSED = (PermissionError, FileNotFoundError, ValueError)


@pytest.fixture(autouse=True)
def corpus_at_hand(shared: Path) -> None:
    """Without the corpus these tests are skipped."""


def cases() -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads(CORPUS.read_text())
    return loaded


class Place:
    """The temporary tree of one case."""

    def __init__(self, folder: Path) -> None:
        self.ws, self.out = folder / "ws", folder / "out"
        for path in (self.ws, self.out, folder / "home"):
            path.mkdir(parents=True)
        self.words = {"$WSX": f"{self.ws}x", "$WSNAME": "ws", "$WS": str(self.ws),
                      "$OUT": str(self.out), "$HOME_T": str(folder / "home")}  # fmt: skip

    def full(self, text: str) -> str:
        for word, path in self.words.items():
            text = text.replace(word, path)
        return text

    @contextlib.contextmanager
    def set_up(self, steps: list[list[str]]) -> Iterator[None]:
        races = []
        for kind, *args in steps:
            names = [self.full(arg) for arg in args]
            if kind.startswith("race"):
                races.append((kind, names))
            else:
                self.make(kind, names)
        over = threading.Event()
        threads = [threading.Thread(target=race, args=(*r, over)) for r in races]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join()

    def make(self, kind: str, names: list[str]) -> None:
        first = Path(names[0])
        if kind == "dir":
            first.mkdir(parents=True, exist_ok=True)
        elif kind == "file":
            first.parent.mkdir(parents=True, exist_ok=True)
            with first.open("wb") as file:
                file.truncate(10 << 30) if names[1] == "*10GBsparse" else file.write(
                    names[1].encode()
                )
        elif kind == "sym":
            os.symlink(names[0], names[1])
        elif kind == "hard":
            os.link(names[0], names[1])
        else:
            assert kind == "fifo"
            os.mkfifo(first)

    def outside(self) -> dict[str, bytes]:
        """What lies outside; what a race moved there lies below `p1` and is compared too."""
        found = {}
        for folder, _, names in os.walk(self.ws.parent):
            if not folder.startswith(f"{self.ws}/") and folder != str(self.ws):
                found |= {f"{folder}/{n}": Path(folder, n).read_bytes() for n in names}
        return found


def race(kind: str, names: list[str], over: threading.Event) -> None:
    """Flip a link for ever; move a folder out once, at some moment of the attempt."""
    if kind == "race_rename":
        os.rename(names[0], names[1])
        return
    while not over.is_set():
        for target in names[1:]:
            os.symlink(target, f"{names[0]}.next")
            os.rename(f"{names[0]}.next", names[0])


def tried(files: Files, op: str, path: str) -> str:
    """What the operation gave: its text, or "" when it was refused."""
    try:
        if op == "read":
            return files.read(path).text or "empty"
        if op == "acp_terminal_cwd":
            return str(files.list(path)) or "listed"
        return files.write(path, "PLANTED").new
    except REFUSED:
        return ""


def raced(place: Place, case: dict[str, Any]) -> None:
    """Never the secret, and a refused write leaves nothing behind."""
    with place.set_up(case["setup"]):
        rounds = 2000 if case["op"] == "read" else 1
        got = [tried(Files(place.ws), case["op"], place.full(case["input"])) for _ in range(rounds)]
    assert not [text for text in got if "TOPSECRET" in text], case
    if case["op"] == "write" and not got[0]:
        assert b"PLANTED" not in place.outside().values(), case


def judged(place: Place, case: dict[str, Any]) -> str:
    with place.set_up(case["setup"]):
        before = place.outside()
        got = tried(Files(place.ws), case["op"], place.full(case["input"]))
    assert place.outside() == before, case
    stricter = case["reason"] in STRICTER
    assert bool(got) == (case["expect"] == "allow" and not stricter), case
    return "stricter" if stricter else str(case["expect"])


def test_every_case(tmp_path: Path) -> None:
    counted = dict.fromkeys(("deny", "allow", "stricter", "raced", "not offered"), 0)
    for number, case in enumerate(cases()):
        if case["op"] in NOT_OFFERED:
            assert not hasattr(Files, case["op"])
            counted["not offered"] += 1
        elif any(step[0].startswith("race") for step in case["setup"]):
            for again in range(1 if case["op"] == "read" else 100):
                raced(Place(tmp_path / f"{number}-{again}"), case)
            counted["raced"] += 1
        else:
            counted[judged(Place(tmp_path / str(number)), case)] += 1
    assert counted["stricter"] <= 1
    assert min(counted["deny"], counted["allow"]) >= 5
