"""Which of the offered tools fits a step, and its arguments in that tool's own schema."""

from typing import Any

import msgspec

from commandcenter.core.base import Record
from commandcenter.core.conversation import ToolSpec
from commandcenter.sparring.detour import in_shell, patch_of

_FAMILIES = {
    "shell": "run bash shell shell_command exec_command execute_command run_command terminal "
    "local_shell run_terminal_cmd run_shell_command execute_bash",
    "write": "write write_file create_file create write_to_file",
    "edit": "edit edit_file str_replace search_replace replace replace_in_file str_replace_editor",
    "read": "read read_file view view_file open_file cat read_text_file",
    "patch": "apply_patch",
    "list": "list ls list_dir list_directory list_files",
    "search": "search grep search_files grep_search search_file_content",
    "ask": "ask ask_user ask_question ask_user_question request_user_input",
    "plan": "plan update_plan todo_write write_todos",
    "finish": "finish",
}
_NAMES = {family: frozenset(names.split()) for family, names in _FAMILIES.items()}
_PROPERTIES = {
    "path": "path filepath filename file targetfile absolutepath dirpath directory targetdirectory",
    "command": "command cmd script",
    "content": "content contents text filetext newcontent",
    "old": "old oldstring oldstr oldtext search",
    "new": "new newstring newstr newtext replace replacement",
    "pattern": "pattern query regex",
    "question": "question prompt",
    "options": "options choices",
    "items": "items plan todos",
    "summary": "summary result message",
}
_CANONICAL = {name: key for key, names in _PROPERTIES.items() for name in names.split()}
_PATCHING = ("exec_command", "shell_command", "local_shell")
_ESSENTIAL = {"path", "command", "content", "old", "new", "pattern", "question"}


class Offer(Record, frozen=True):
    """The tools of a call; those in `free_form` take plain text instead of a JSON object."""

    tools: tuple[ToolSpec, ...]
    free_form: tuple[str, ...] = ()


class Fitted(Record, frozen=True):
    """A tool to call and the arguments it is called with, or the plain `text` it takes instead."""

    name: str
    args: dict[str, Any]
    text: str | None = None

    @property
    def args_json(self) -> str:
        """What goes over the wire; plain text for a tool that takes no JSON."""
        return msgspec.json.encode(self.args).decode() if self.text is None else self.text


def fit(offer: Offer, tool: str, args: dict[str, Any]) -> Fitted | None:
    """The first offered tool that fits the step's, else the way around; None without either."""
    if (found := _named(offer, tool, args)) is not None:
        return found
    if tool in ("write", "edit") and (patched := _patched(offer, tool, args)) is not None:
        return patched
    shells = [spec.name for spec in offer.tools if _name(spec.name) in _NAMES["shell"]]
    if not shells:
        return None
    command = in_shell(tool, args, patching=_name(shells[0]) in _PATCHING)
    return _named(offer, "shell", {"command": command}) if command else None


def _named(offer: Offer, tool: str, args: dict[str, Any]) -> Fitted | None:
    for spec in offer.tools:
        if _name(spec.name) in _NAMES.get(tool, ()) and (found := _shaped(spec, args)) is not None:
            return Fitted(spec.name, found)
    return None


def _patched(offer: Offer, tool: str, args: dict[str, Any]) -> Fitted | None:
    """The step as a patch in Codex' form, if a tool for such is offered."""
    for spec in offer.tools:
        if _name(spec.name) in _NAMES["patch"]:
            patch = patch_of(tool, args)
            if spec.name in offer.free_form:
                return Fitted(spec.name, {}, patch)
            return Fitted(
                spec.name, {next(iter(spec.schema.get("properties", ())), "input"): patch}
            )
    return None


def value_for(schema: dict[str, Any], root: dict[str, Any] | None = None, depth: int = 0) -> Any:
    """The smallest sensible value that satisfies a JSON Schema; `root` resolves its `$ref`s."""
    root = schema if root is None else root
    if depth > 16:
        return None
    if "$ref" in schema:
        return value_for(_resolved(schema["$ref"], root), root, depth + 1)
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if schema.get("enum"):
        return schema["enum"][0]
    for key in ("anyOf", "oneOf", "allOf"):
        if schema.get(key):
            return value_for(schema[key][0], root, depth + 1)
    return _by_type(schema, root, depth)


def _by_type(schema: dict[str, Any], root: dict[str, Any], depth: int) -> Any:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    match kind:
        case "object":
            properties = schema.get("properties", {})
            required = schema.get("required", list(properties))
            return {key: value_for(properties.get(key, {}), root, depth + 1) for key in required}
        case "array":
            count = int(schema.get("minItems", 0))
            return [value_for(schema.get("items", {}), root, depth + 1) for _ in range(count)]
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case "null":
            return None
        case _:
            return "practice".ljust(int(schema.get("minLength", 0)), ".")


def _resolved(reference: str, root: dict[str, Any]) -> dict[str, Any]:
    found: Any = root
    for key in reference.removeprefix("#/").split("/"):
        found = found.get(key, {}) if isinstance(found, dict) else {}
    return found if isinstance(found, dict) else {}


def _name(name: str) -> str:
    """`mcp__files__Read-File` as read_file."""
    return name.rpartition("__")[2].lower().replace("-", "_")


def _shaped(spec: ToolSpec, args: dict[str, Any]) -> dict[str, Any] | None:
    """The arguments under the tool's own names; None when an essential one has no place."""
    properties: dict[str, Any] = spec.schema.get("properties", {})
    if not properties:
        return dict(args)
    left = dict(args)
    shaped: dict[str, Any] = {}
    for name, schema in properties.items():
        key = _CANONICAL.get(name.lower().replace("_", ""), "")
        if key in left:
            shaped[name] = _typed(left.pop(key), schema)
        elif name in spec.schema.get("required", ()):
            shaped[name] = value_for(schema, spec.schema)
    return None if _ESSENTIAL & left.keys() else shaped


def _typed(value: Any, schema: dict[str, Any]) -> Any:
    if schema.get("type") == "array" and isinstance(value, str):
        return ["bash", "-lc", value]
    if schema.get("type") == "array" and schema.get("items", {}).get("type") == "object":
        return [_object(text, schema["items"]) for text in value]
    return value


def _object(text: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A plain text as the object an array of objects wants: its first string holds the text."""
    filled = value_for({**schema, "required": list(schema.get("properties", {}))})
    for key, property_schema in schema.get("properties", {}).items():
        if property_schema.get("type") == "string" and "enum" not in property_schema:
            filled[key] = text
            break
    return dict(filled)
