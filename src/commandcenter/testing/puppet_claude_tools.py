"""The tools of the stand-in for `claude`: they really act."""

import asyncio
from pathlib import Path
from typing import Any, Protocol

Json = dict[str, Any]


class Puppet(Protocol):
    """Whose tools these are."""

    def task(self, state: str, title: str) -> None:
        """A subagent starts or ends."""
        ...


def _spec(name: str, *fields: str) -> Json:
    properties = {field: {"type": "string"} for field in fields}
    schema = {"type": "object", "properties": properties, "required": list(fields)}
    return {"name": name, "description": name, "input_schema": schema}


TOOLS = [
    _spec("Bash", "command"),
    _spec("Read", "file_path"),
    _spec("Write", "file_path", "content"),
    _spec("Edit", "file_path", "old_string", "new_string"),
]


async def act(name: str, args: Json, puppet: Puppet) -> tuple[str, bool]:
    """The result and whether it went well."""
    if name == "Bash":
        return await _run(args["command"])
    if name == "AskUserQuestion":
        return f"answered: {args.get('answers')}", True
    if name == "Task":
        puppet.task("started", args["description"])
        puppet.task("ended", args["description"])
        return "done", True
    if name == "TodoWrite":
        return "kept", True
    try:
        return _file(name, Path(args["file_path"]), args), True
    except OSError as error:
        return str(error), False


def _file(name: str, path: Path, args: Json) -> str:
    if name == "Read":
        return path.read_text()
    if name == "Write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(args["content"])
        return f"File created successfully at: {path}"
    path.write_text(path.read_text().replace(args["old_string"], args["new_string"], 1))
    return f"The file {path} has been updated"


async def _run(command: str) -> tuple[str, bool]:
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-c",
        command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        out, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        raise
    text = out.decode("utf-8", "replace").strip()
    if process.returncode:
        return f"Exit code {process.returncode}\n{text}".strip(), False
    return text, True
