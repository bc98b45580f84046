"""What a session says once a younger one has begun changes nothing."""

from commandcenter.core.events import TextAdded
from commandcenter.engine.speaker import SessionSink
from commandcenter.testing.engines import Bench


async def test_a_late_word_does_not_count_as_the_running_turns(bench: Bench) -> None:
    [thread] = await bench.spawn()
    runner = bench.engine.runner(thread)
    runner.spoke = False
    late = SessionSink(runner, runner.epoch - 1)
    late.emit(TextAdded("i", "late"), runner.turn)
    assert (runner.spoke, late.refused) == (False, 1)
    SessionSink(runner, runner.epoch).emit(TextAdded("i", "now"), runner.turn)
    assert runner.spoke


async def test_the_alert_of_a_turns_end_says_the_last_line_whole(bench: Bench) -> None:
    [thread] = await bench.spawn()
    runner = bench.engine.runner(thread)
    sink = SessionSink(runner, runner.epoch)
    for word in ("All ", "tests ", "are green."):  # within the half second of a tile's line
        sink.emit(TextAdded("i", word), runner.turn)
    bench.session(thread).end("end")
    await bench.reaches(thread, "idle")
    await bench.until(lambda: f"turn:{thread}" in bench.engine.parts.world.alerts)
    assert bench.engine.parts.world.alerts[f"turn:{thread}"].line.endswith("All tests are green.")


async def test_a_turns_words_do_not_go_on_with_those_of_the_turn_before(bench: Bench) -> None:
    [thread] = await bench.spawn()
    runner = bench.engine.runner(thread)
    sink = SessionSink(runner, runner.epoch)
    await bench.until(lambda: bench.head(thread).turn == 1)
    sink.emit(TextAdded("i", "half a sent"), runner.turn)
    bench.session(thread).end("end")
    await bench.reaches(thread, "idle")
    await bench.order(f'steer #{thread} "go on"')
    await bench.until(lambda: bench.head(thread).turn == 2)
    sink.emit(TextAdded("j", "Anew."), runner.turn)
    await bench.until(lambda: bench.head(thread).line == "Anew.")
