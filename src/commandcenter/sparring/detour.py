"""Steps for which no tool of their own is offered: by a shell command, or by a patch."""

import posixpath
import shlex
from typing import Any

_EDIT = "import sys; p, a, b = sys.argv[1:]; t = open(p).read(); assert a in t; "
_EDIT += "open(p, 'w').write(t.replace(a, b, 1))"


def in_shell(tool: str, args: dict[str, Any], patching: bool = False) -> str:
    """The command that does it, "" for none; `patching` shells know Codex' `apply_patch`."""
    path = shlex.quote(args.get("path", "."))
    match tool:
        case "list":
            return f"ls {path}"
        case "search":
            return shlex.join(["grep", "-rn", args.get("pattern", ""), args.get("path", ".")])
        case "read":
            return f"cat {path}"
        case "write" | "edit" if patching:
            return f"apply_patch <<'END_OF_PATCH'\n{patch_of(tool, args)}END_OF_PATCH\n"
        case "write":
            folder = shlex.quote(posixpath.dirname(args["path"]) or ".")
            content = _whole_lines(args["content"])
            return f"mkdir -p {folder} && cat > {path} <<'END_OF_FILE'\n{content}END_OF_FILE\n"
        case "edit":
            return shlex.join(["python3", "-c", _EDIT, args["path"], args["old"], args["new"]])
        case _:
            return ""


def patch_of(tool: str, args: dict[str, Any]) -> str:
    """A write or an edit in the form of Codex' `apply_patch`; edits change whole lines only."""
    if tool == "write":
        body = f"*** Add File: {args['path']}\n" + _marked("+", args["content"])
    else:
        body = f"*** Update File: {args['path']}\n@@\n"
        body += _marked("-", args["old"]) + _marked("+", args["new"])
    return f"*** Begin Patch\n{body}*** End Patch\n"


def _marked(mark: str, text: str) -> str:
    return "".join(f"{mark}{line}\n" for line in text.splitlines())


def _whole_lines(text: str) -> str:
    return text if text.endswith("\n") or not text else f"{text}\n"
