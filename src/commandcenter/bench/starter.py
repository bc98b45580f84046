"""One start of the screen, as `compose` does it for the command line, in a process of its own:
`python -m commandcenter.bench.starter '{"home": ..., "names": 50, "seq": 9}'`; it prints the
monotonic second of the first frame that counts and ends. With `"bare"` the empty window."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from commandcenter.ui.window import Window


class Config(msgspec.Struct):
    """Which home, and what the first frame must show."""

    home: str = ""
    names: int = 50
    seq: int = 0
    bare: bool = False


def main(config: Config) -> int:
    """Until the frame is painted."""
    if config.bare:
        from commandcenter.ui.trial_bare import bare_start

        bare_start(time.monotonic, _tell)
        return 0
    from commandcenter import compose
    from commandcenter.config.folders import folders

    def opened(window: "Window") -> None:
        from commandcenter.ui.trial_start import until_named

        until_named(window, config.names, config.seq, _tell)

    options = compose.Options(folders(Path(config.home)))
    return compose.run_screen(options, "", (), opened)


def _tell(at: float) -> None:
    sys.stdout.write(f"painted {at}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(msgspec.json.decode(sys.argv[1], type=Config)))
