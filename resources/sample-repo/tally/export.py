"""Entries as CSV and JSON."""

import json

from tally.ledger import Entry

HEAD = "date,account,cents,note"


def to_csv(entries: list[Entry]) -> str:
    """One line an entry below a head line; fields with a comma or a quote are quoted."""
    lines = [HEAD]
    for entry in entries:
        fields = [entry.day.isoformat(), entry.account, str(entry.cents), entry.note]
        lines.append(",".join(fields))
    return "\n".join(lines) + "\n"


def to_json(entries: list[Entry]) -> str:
    """A JSON array of objects, in the order given."""
    return json.dumps(
        [
            {
                "date": entry.day.isoformat(),
                "account": entry.account,
                "cents": entry.cents,
                "note": entry.note,
            }
            for entry in entries
        ]
    )
