"""What the practice models say to the tests of the drivers: each test takes the scripts it needs.

`@LONG`, `@COMMAND` are left for the test to fill in.
"""

LONG = "@LONG"
COMMAND = "@COMMAND"
ODD = r"Grüße: \u001b[31mred\u001b[0m \u202e and a tab\tend. Δ😀"
"""Colours, an override and a tab, as an agent may say them."""
KNOBS = "knobs = { rate = 0.0, ttft_ms = [0, 0], jitter = 0.0, think_words = 0 }"


def scenario(name: str, *scripts: str) -> str:
    """The whole file."""
    return "\n".join(("", f'name = "{name}"', "seed = 7", KNOBS, *scripts, ""))


def script(id: str, *lines: str, said: str = "") -> str:
    """One script: its lines, then its last words."""
    end = [f'finish = {{ say = "{said}" }}'] if said else []
    return "\n".join(("[[script]]", f'id = "{id}"', *lines, *end))


def use(say: str, tool: str, **args: str) -> str:
    """A step: a word, and a tool with what it is called with."""
    given = ", ".join(f'{name} = "{value}"' for name, value in args.items())
    return f'{{ say = "{say}", tool = "{tool}", args = {{ {given} }} }}'


def one(step: str) -> str:
    """A script of one step."""
    return f"step = [{step}]"


def say(said: str = LONG) -> str:
    """Nothing but words."""
    return script("say", said=said)


def words(said: str = ODD) -> str:
    """Words that are hard to show."""
    return script("words", said=said)


LOOK = use("I look.", "read", path="README.md")
CHECK = use("I check.", "shell", command="ls -la")


def work(look: str = LOOK, *after: str, mend: str = "I correct.") -> str:
    """Looks, writes a file, mends it, and what comes `after`."""
    steps = (
        look,
        use("I write.", "write", path="n/a.txt", content=r"alpha\nbeta\n"),
        use(mend, "edit", path="n/a.txt", old="beta", new="gamma"),
        *after,
    )
    return script("work", "step = [", *(f"  {step}," for step in steps), "]", said="All done.")


def shell(id: str = "shell", command: str = COMMAND) -> str:
    """Runs one command."""
    return script(id, one(use("Now.", "shell", command=command)), said="It ran.")


def cut(id: str = "cut", times: int = 1, said: str = LONG) -> str:
    """Its answer breaks off in the middle so many times."""
    return script(id, 'behaviour = "cut"', "at = 0.5", f"times = {times}", said=said)


def storm(burst_s: float, every_s: float, step: str, said: str) -> str:
    """Its provider answers 429 for `burst_s` in each `every_s` seconds."""
    times = (f"burst_s = {burst_s}", f"every_s = {every_s}", "times = 1")
    return script("storm", 'behaviour = "storm"', *times, one(step), said=said)
