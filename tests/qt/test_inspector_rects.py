"""No text of the inspector leaves its place or lies over another one, on any tab at any width."""

import asyncio
import json

import pytest
from inspected import ANSWERS, DIFF, REQUEST, T
from stage import TIMEOUT_S, Scene, Stage
from test_rects import outside, overlaps

from commandcenter.core import events as ev
from commandcenter.testing.worlds import NOW, demo_world
from commandcenter.ui.paint import Painted
from commandcenter.ui.portrait import TABS

pytestmark = pytest.mark.qt
SAID = """# A heading that is quite long and wraps at the narrow width of a small window

The **budget** check runs *after* the `request`, see [the docs](http://127.0.0.1/docs/long/path).

1. first
12. twelfth with `code` that is long enough to wrap in the narrow one
   - nested deeper

> quoted words

| file | lines | why it was changed |
|:---|---:|---|
| src/engine/a_rather_long_name.py | 18 | the request goes out too early |
| b | 4 | |

```python
async def send(self, request, and_a_long_argument=None, and_another_one=None):
\treturn await self.http.post(request)
```
---
"""


async def talk(stage: Stage) -> None:
    emit = stage.link.emit
    emit(ev.TurnStarted("Make the retry policy respect the budget.", "player"), thread=T)
    emit(ev.TextAdded(1, SAID), thread=T)
    edit = json.dumps({"path": "src/engine/budget.py", "old": "a\nb", "new": "c\nd\ne" * 30})
    emit(ev.ToolStarted("c", "edit", "edit", "edit src/budget.py", edit, "e"), thread=T)
    emit(ev.ToolEnded("c", "e", "failed", 400, "h", result="no such line\n" * 20), thread=T)
    await stage.settle()


def painted(stage: Stage) -> list[Painted]:
    """The inspector's texts alone: in a small window it lies over the map."""
    stage.window.ink.record = []
    stage.window.inspector.grab()
    found, stage.window.ink.record = stage.window.ink.record, None
    return found


async def look(stage: Stage, tab: str) -> None:
    stage.screen.tab = tab
    stage.screen.changed()
    for _ in range(2):
        await stage.settle()
    for part in (0.0, 0.4, 1.0):
        bar = stage.window.inspector.front.verticalScrollBar()
        bar.setValue(round(bar.maximum() * part))
        texts = painted(stage)
        assert [one for one in texts if outside(one)] == [], (tab, part)
        assert overlaps(texts) == [], (tab, part)


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768), (1024, 640)], ids=str)
@pytest.mark.parametrize("tab", TABS)
def test_texts_stay_in_their_places(
    loop: asyncio.AbstractEventLoop, size: tuple[int, int], tab: str
) -> None:
    answers = dict(ANSWERS)
    answers["cost"] = {**ANSWERS["cost"], "requests": [REQUEST] * 60, "calls": 90}
    answers["diff"] = {"diff": DIFF * 12, "why": ""}

    async def whole() -> None:
        stage = Stage(Scene(demo_world(2, 24), NOW, size, queries=answers), loop)
        await stage.open()
        try:
            stage.screen.select((T,))
            await stage.settle()
            await talk(stage)
            await look(stage, tab)
        finally:
            await stage.close()

    loop.run_until_complete(asyncio.wait_for(whole(), TIMEOUT_S))
