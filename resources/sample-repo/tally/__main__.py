"""`python -m tally report FILE`: the balance of every account."""

import sys
from pathlib import Path

from tally.parser import parse
from tally.report import report


def main(argv: list[str]) -> int:
    """Print the report of one ledger file; 2 when the arguments are wrong."""
    if len(argv) != 2 or argv[0] != "report":
        sys.stderr.write("usage: python -m tally report FILE\n")
        return 2
    sys.stdout.write(report(parse(Path(argv[1]).read_text(encoding="utf-8"))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
