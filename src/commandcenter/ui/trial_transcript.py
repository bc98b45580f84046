"""A long transcript opened and grown, for `bench`: what it costs in time, memory and layouts."""

import gc
import tracemalloc
from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from commandcenter.core import events as ev
from commandcenter.core.base import Record
from commandcenter.core.codec import Row, Stamp, payload
from commandcenter.ui.block import MOST
from commandcenter.ui.blocks import Transcript
from commandcenter.ui.paint import Ink
from commandcenter.ui.theme import Theme
from commandcenter.ui.transcript import TranscriptView

SIZE = (442, 475)
SAID = """## What was found

The **budget** check runs *after* the request, see `src/engine/budget.py` and
[the docs](http://127.0.0.1/docs).

- one thing
- another `thing`

```python
async def send(self, request):
    return await self.http.post(request)
```

| file | lines |
|---|---:|
| budget.py | 18 |

"""
RESULT = "\n".join(f"tests/test_{n}.py ..... a line of output" for n in range(40))


class Trial(Record, frozen=True):
    """Seconds of each run, characters shown, bytes of the view over its text, layouts made."""

    opened_s: tuple[float, ...]
    appended_s: tuple[float, ...]
    characters: int
    memory: int
    opened_layouts: int
    appended_layouts: int


def long_transcript(characters: int) -> Transcript:
    """A transcript of at least so many characters, formatted answers and results of tools."""
    transcript = Transcript()
    transcript.hold = max(MOST, 2 * characters)
    seq, written = 0, 0
    while written < characters:
        seq += 3
        events: tuple[ev.Event, ...] = (
            ev.TextAdded(seq, SAID),
            ev.ToolStarted(f"c{seq}", "run", "run", "pytest -q", "{}", "e"),
            ev.ToolEnded(f"c{seq}", "e", "ok", 400, "h", result=RESULT),
        )
        transcript.fold(row(seq + place, event) for place, event in enumerate(events))
        written += len(SAID) + len(RESULT)
    transcript.complete = transcript.read = True
    return transcript


def try_transcript(
    characters: int, now: Callable[[], float], runs: int = 5, appends: int = 600
) -> Trial:
    """Open it `runs` times and add to it `appends` times, a paint each; `now` in seconds."""
    window = QWidget()
    window.resize(*SIZE)
    view = TranscriptView(Ink(Theme()), window)
    view.setGeometry(0, 0, *SIZE)
    window.show()
    long, short = long_transcript(characters), long_transcript(1)
    view.show_transcript(short)
    view.grab()  # fonts and languages are loaded now
    memory = _memory(view, long)
    opened, made = [], view.layouts.made
    for _ in range(runs):
        view.show_transcript(short)
        begun = now()
        view.show_transcript(long)
        view.grab()
        opened.append(now() - begun)
    opened_layouts = (view.layouts.made - made) // max(runs, 1)
    made = view.layouts.made
    appended = [_append(view, long, number, now) for number in range(appends)]
    found = (view.layouts.made - made) // max(appends, 1)
    window.close()
    window.deleteLater()
    held = sum(block.weight for block in long.blocks)
    return Trial(tuple(opened), tuple(appended), held, memory, opened_layouts, found)


def _memory(view: TranscriptView, transcript: Transcript) -> int:
    """Bytes that opening takes, beside the text itself."""
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    view.show_transcript(transcript)
    view.grab()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return after - before


def _append(
    view: TranscriptView, transcript: Transcript, number: int, now: Callable[[], float]
) -> float:
    text = "a few more **words** of the `answer`\n" + "\n" * (number % 9 == 0)
    entry = row(transcript.seq + 1, ev.TextAdded(1_000_000_000 + number // 60, text))
    begun = now()
    transcript.fold([entry])
    view.refresh()
    view.grab()
    return now() - begun


def row(seq: int, event: ev.Event) -> Row:
    """An entry as the link sends it."""
    kind = type(event).__name__
    return Row(seq, 10**18 + seq, 1, 0, kind, payload(event, Stamp(1), 0.0))
