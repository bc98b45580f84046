"""What an agent is told before its next words, once: that others changed its files."""

from collections.abc import Mapping


def changed_files(put_back: tuple[int, int], brought: Mapping[int, str]) -> str:
    """One paragraph, empty when nothing was changed; `brought` = names of threads by number."""
    told = []
    if put_back != (0, 0):
        state = f"checkpoint {put_back[0]}" if put_back[0] else "how they were when you began"
        told.append(
            f"The person has put your files back to an earlier state ({state}); what you know of"
            " their content may no longer hold."
        )
    if brought:
        names = ", ".join(f"{name} (#{thread})" for thread, name in brought.items())
        told.append(f"The work of {names} was merged into your files, uncommitted.")
    return " ".join((*told, "Read a file again before you change it.")) if told else ""
