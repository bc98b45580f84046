"""Lines of a ledger file to entries."""

from tally.dates import parse_date
from tally.ledger import Entry
from tally.money import parse_amount


class ParseError(ValueError):
    """A line that is no entry; the message names its number."""


def parse_line(line: str, number: int = 1) -> Entry:
    """DATE ACCOUNT AMOUNT [NOTE], separated by blanks."""
    fields = line.split(maxsplit=3)
    if len(fields) < 3:
        raise ParseError(f"line {number}: expected DATE ACCOUNT AMOUNT [NOTE]")
    note = fields[3].strip() if len(fields) == 4 else ""
    return Entry(parse_date(fields[0]), fields[1], parse_amount(fields[2]), note)


def parse(text: str) -> list[Entry]:
    """Every entry of the text; comments begin with #, empty lines are skipped."""
    entries = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("#"):
            continue
        entries.append(parse_line(line, number))
    return entries
