"""The models with the fields of Codex' own catalogue, so that it asks as it would in earnest."""

from typing import Any

from commandcenter.sparring.protocols.base import MODELS

CONTEXT_WINDOW = 200_000
_EFFORTS = {"low": "quick", "medium": "balanced", "high": "thorough"}
_SHARED: dict[str, Any] = {
    "description": "A practice model.",
    "default_reasoning_level": "medium",
    "supported_reasoning_levels": [{"effort": e, "description": d} for e, d in _EFFORTS.items()],
    "shell_type": "shell_command",
    "visibility": "list",
    "minimal_client_version": "0.1.0",
    "supported_in_api": True,
    "availability_nux": None,
    "upgrade": None,
    "base_instructions": "You are a practice model inside Codex.",
    "model_messages": None,
    "supports_reasoning_summaries": True,
    "supports_reasoning_summary_parameter": True,
    "default_reasoning_summary": "auto",
    "support_verbosity": False,
    "default_verbosity": None,
    "apply_patch_tool_type": "freeform",
    "truncation_policy": {"mode": "tokens", "limit": 10_000},
    "supports_parallel_tool_calls": True,
    "context_window": CONTEXT_WINDOW,
    "max_context_window": CONTEXT_WINDOW,
    "experimental_supported_tools": [],
    "input_modalities": ["text", "image"],
    "prefer_websockets": False,
}


def catalogue() -> list[dict[str, Any]]:
    """One entry for each practice model."""
    names = ((n, slug, slug.replace("-", " ").title()) for n, slug in enumerate(MODELS, 1))
    return [_SHARED | {"slug": s, "display_name": name, "priority": n} for n, s, name in names]
