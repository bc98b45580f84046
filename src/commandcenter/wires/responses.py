"""OpenAI responses, forwarded only (platform.openai.com/docs/api-reference/responses).

Our own loop does not speak it: there is no encoder and no decoder.
"""

from typing import Any

import msgspec

from commandcenter.wires import body as request_body
from commandcenter.wires.base import CallSpec, Kind, part
from commandcenter.wires.responses_answer import Tap

KIND: Kind = "responses"
_COMPACT = frozenset({"/v1/responses/compact", "/responses/compact"})
MODEL_PATHS = frozenset({"/v1/responses", "/responses"}) | _COMPACT
FREE_PATHS = frozenset({("GET", "/v1/models"), ("GET", "/models")})

rewrite_model = request_body.rewrite_model


def refusal(message: str, code: str) -> bytes:
    """The body of a 400 in the caller's form."""
    error = {"message": message, "type": "invalid_request_error", "code": code}
    return msgspec.json.encode({"error": error})


def parse(body: bytes, path: str) -> CallSpec:
    """What admission needs of a request; raises ValueError with a sentence for the agent."""
    fields = request_body.read(body)
    offered = fields.get("tools")
    shape = part(part(fields, "text"), "format")
    read = (fields.get("instructions"), fields.get("input"))
    return CallSpec(
        kind=KIND,
        model=request_body.model_of(fields),
        stream=fields.get("stream") is True,
        tools=bool(offered),
        est_in=request_body.est_in(*read, request_body.as_text(offered, shape)),
        max_out=request_body.limit_of(fields.get("max_output_tokens")),
        bound_thinking=_bound_thinking(fields.get("input")),
        shaped=shape.get("type") in ("json_schema", "json_object"),
        compact=path in _COMPACT,
    )


def new_tap(strip_usage: bool = False) -> Tap:
    """A fresh tap for one answer; there is no usage chunk to strip."""
    return Tap()


def _bound_thinking(items: Any) -> bool:
    """Whether sealed reasoning, which is bound to its model, came since the last user's message."""
    for item in reversed(items if isinstance(items, list) else []):
        if isinstance(item, dict):
            if item.get("role") == "user":
                return False
            if item.get("type") == "reasoning" and item.get("encrypted_content"):
                return True
    return False


__all__ = [
    "FREE_PATHS",
    "KIND",
    "MODEL_PATHS",
    "Tap",
    "new_tap",
    "parse",
    "refusal",
    "rewrite_model",
]
