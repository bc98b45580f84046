"""The hidden count: a seeded ratio, a small noise, a prefix cache."""

from msgspec.structs import replace

from commandcenter.config.resources import resource
from commandcenter.core.conversation import Message, ToolCall, ToolResult, ToolSpec
from commandcenter.sparring.inquiry import Inquiry
from commandcenter.sparring.scenario import load_scenario
from commandcenter.sparring.scripts import answer_to
from commandcenter.sparring.tokens import CACHE_S, CACHE_SIZE, Counts, PrefixCache, count

SCENARIO = load_scenario(resource("scenarios/any.toml").read_bytes())
TOOLS = (ToolSpec("run", "run a command", {}),)


def inquiry(text: str, *more: Message, kind: str = "chat") -> Inquiry:
    brief = Message("user", f"[[sparring script=working]] {text}")
    plain = Inquiry("chat", "sparring-small", (brief, *more), f"{text}{len(more)}", TOOLS)
    return replace(plain, kind=kind)


def counted(asked: Inquiry, cache: PrefixCache | None = None, now: float = 0.0) -> Counts:
    return count(asked, answer_to(SCENARIO, asked), cache or PrefixCache(), now)


def grown(asked: Inquiry, chars: int) -> Inquiry:
    call = ToolCall("c", "run", "{}")
    more = (
        Message("assistant", "", (call,)),
        Message("tool", results=(ToolResult("c", "run", "x" * chars),)),
    )
    fingerprint = f"{asked.fingerprint}+"
    return replace(asked, messages=asked.messages + more, fingerprint=fingerprint)


def test_ratio_is_hidden_steady_and_noisy() -> None:
    ratios = [counted(inquiry(f"{n} " + "x" * 4000)).ratio for n in range(200)]
    assert 3.0 < min(ratios) < 3.3
    assert 4.4 < max(ratios) < 4.8
    one = inquiry("same")
    calls = [counted(replace(one, fingerprint=str(n))).ratio for n in range(100)]
    assert 1.03 < max(calls) / min(calls) < 1.07
    assert counted(one) == counted(one)


def test_input_counts_tools_arguments_and_results() -> None:
    small = inquiry("x")
    ratio = counted(grown(small, 4000)).ratio
    assert counted(grown(small, 4000)).input - counted(small).input > 3800 / ratio


def test_a_prefix_is_read_from_the_cache_for_five_minutes() -> None:
    cache, first = PrefixCache(), inquiry("x" * 20_000)
    second = grown(first, 3000)
    cold = counted(first, cache, 0.0)
    warm = counted(second, cache, CACHE_S - 1)
    assert cold.cached_read == 0
    assert 0.9 * cold.input < warm.cached_read <= warm.input
    assert warm.cached_read % 128 == 0
    late = counted(grown(second, 10), cache, 3 * CACHE_S)
    assert late.cached_read == 0


def test_the_cache_forgets_the_oldest() -> None:
    cache, first = PrefixCache(), inquiry("x" * 20_000)
    counted(first, cache)
    for n in range(CACHE_SIZE):
        counted(inquiry(f"{n} " + "y" * 6000), cache)
    assert counted(first, cache).cached_read == 0


def test_each_protocol_has_its_own_cache_counts() -> None:
    for kind, reads, writes in (("chat", True, False), ("anthropic", True, True)):
        cache = PrefixCache()
        first = counted(inquiry("x" * 20_000, kind=kind), cache)
        again = counted(inquiry("x" * 20_000, kind=kind), cache)
        assert (again.cached_read > 0) == reads
        assert (first.cached_write > 0) == writes
        assert again.cached_read + again.cached_write <= again.input
    cache = PrefixCache()
    ollama = inquiry("x" * 20_000, kind="ollama")
    assert [counted(ollama, cache).cached_read for _ in range(2)] == [0, 0]


def test_padding_counts_and_thinking_is_a_part_of_output() -> None:
    asked = inquiry("x")
    padded = inquiry("[[sparring script=working context_pad=2700]] x")
    assert counted(padded).input - counted(asked).input > 2650
    counts = counted(asked)
    usage = counts.usage(400)
    assert usage.thinking == counts.thinking > 0
    assert usage.output == usage.thinking + round(400 / counts.ratio)
    assert counts.usage(0, 0.0).output == 1
