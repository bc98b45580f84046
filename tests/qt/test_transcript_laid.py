"""A block's items kept up with its text are the items of its whole text, whatever the pieces."""

from hypothesis import given, settings
from hypothesis import strategies as st

from commandcenter.core import events as ev
from commandcenter.ui.block import Block
from commandcenter.ui.blocks import Transcript
from commandcenter.ui.transcript_items import Item
from commandcenter.ui.transcript_laid import TAIL, Laid
from commandcenter.ui.trial_transcript import row

PIECES = st.lists(
    st.one_of(
        st.text(alphabet="ab*`#-|>\n ", max_size=40),
        st.sampled_from(["\n\n", "```\n", "| a | b |\n|---|---|\n", "x" * TAIL, "y\n" * 3_000]),
    ),
    max_size=12,
)


def shape(items: list[Item]) -> list[tuple[str, str]]:
    return [(item.words, item.look.ground) for item in items]


def whole(block: Block, raw: bool = False) -> list[Item]:
    laid = Laid(block)
    laid.update(raw)
    return laid.items


@settings(max_examples=60, deadline=None)
@given(PIECES, st.booleans())
def test_growing_a_block_gives_what_its_whole_text_gives(pieces: list[str], tool: bool) -> None:
    transcript = Transcript()
    transcript.fold([row(1, ev.ToolStarted("c", "run", "run", "x", "{}", "e"))])
    block = transcript.blocks[0] if tool else transcript.start("agent", "Agent", 0)
    block.folded = False
    laid = Laid(block)
    for piece in pieces:
        kept = list(laid.items)
        transcript.write(block, piece, "code" if tool else "text")
        laid.update(False)
        assert all(a is b for a, b in zip(laid.items[: laid.stable], kept, strict=False))
        assert laid.stable <= len(kept)
        assert shape(laid.items) == shape(whole(block))
    transcript.close(block)
    laid.update(False)
    assert shape(laid.items) == shape(whole(block))
    laid.update(True)
    raw = "".join(item.text for item in laid.items)  # long lines are broken
    assert "".join(raw.split()) == "".join("".join(pieces).split())
