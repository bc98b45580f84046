"""The screen under measurement, in a process of its own:
`python -m commandcenter.bench.screen '{"home": ...}'`, or with `"echo"` the empty window."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import msgspec

from commandcenter import compose
from commandcenter.bench.talk import serve
from commandcenter.compose.screen import screen_options
from commandcenter.config.folders import folders
from commandcenter.ui.trial import Bare, Press, Trial, stage, stage_bare
from commandcenter.ui.trial_view import Struck

SIZE = (1920, 1080)


class Config(msgspec.Struct):
    """`home` of the engine; `echo` = a socket: the empty window instead."""

    home: str = ""
    echo: str = ""


class Presses(Protocol):
    """A window that is pressed."""

    async def press(self, count: int, apart_s: float) -> list[Press]:
        """So many presses."""
        ...


class Strikes(Protocol):
    """A window on which keys and wheel strike."""

    async def strike(self, what: list[str], count: int, apart_s: float) -> list[Struck]:
        """So many strokes."""
        ...


def main(config: Config) -> None:
    """Until standard input ends."""
    clock = compose.SystemClock()
    if config.echo:
        stage_bare(clock, config.echo, _play_bare)
        return
    options = compose.Options(folders(Path(config.home)))
    screen = screen_options(options, "")
    screen.size = SIZE
    stage(lambda: compose.link(options.folders, once=False), screen, _play)


async def _play(trial: Trial) -> None:
    strokes, watcher, parting = trial.strokes, trial.watcher, trial.parting
    known: dict[str, Callable[[dict[str, Any]], Any]] = {
        "select": lambda asked: trial.select(asked["thread"]),
        "level": lambda asked: strokes.level(asked["width"]),
        "rows": lambda asked: trial.rows,
        "rest": lambda asked: watcher.begin(),
        "rested": lambda asked: msgspec.to_builtins(watcher.end()),
        "listen": lambda asked: strokes.listen(),
        "heard": lambda asked: msgspec.to_builtins(strokes.heard()),
        "where": lambda asked: strokes.where(asked["first"], asked["second"]),
    }

    async def answer(request: dict[str, Any]) -> Any:
        do = request["do"]
        if do in known:
            return known[do](request)
        if do == "strike":
            return await _strike(strokes, request)
        if do == "split":
            return msgspec.to_builtins(await parting.split(request["thread"]))
        if do == "known":
            return await parting.known(request["thread"])
        return await _press(trial, request)

    await _serve(answer)


async def _play_bare(bare: Bare) -> None:
    async def answer(request: dict[str, Any]) -> Any:
        act = _strike if request["do"] == "strike" else _press
        return await act(bare, request)

    await _serve(answer)


async def _strike(window: Strikes, request: dict[str, Any]) -> Any:
    found = await window.strike(request["what"], request["count"], request["apart_s"])
    return msgspec.to_builtins(found)


async def _serve(answer: Any) -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await serve(answer)


async def _press(window: Presses, request: dict[str, Any]) -> Any:
    if request["do"] != "press":
        raise ValueError(f"unknown request {request['do']!r}")
    presses = await window.press(request["count"], request["apart_s"])
    return [msgspec.to_builtins(press) for press in presses]


if __name__ == "__main__":
    main(msgspec.json.decode(sys.argv[1], type=Config))
