"""What the engine answers in the golden scenes: requests, rules, audit, diffs, what was found."""

from typing import Any

from commandcenter.core.base import NS
from commandcenter.testing.worlds import NOW

_BUDGET = """diff --git a/src/engine/budget.py b/src/engine/budget.py
index 1a2b..3c4d 100644
--- a/src/engine/budget.py
+++ b/src/engine/budget.py
@@ -86,5 +86,8 @@ class Sender:
     async def send(self, req):
-        r = await self.http.post(req)
-        self.spent += r.usage
+        hold = self.reserve(req.estimate)
+        try:
+            r = await self.http.post(req)
+        finally:
+            hold.settle(used=r.usage)
         return r
"""
_TEST = """diff --git a/tests/test_budget.py b/tests/test_budget.py
new file mode 100644
--- /dev/null
+++ b/tests/test_budget.py
@@ -0,0 +1,4 @@
+def test_retry_overshoot(sender):
+    sender.limit = 1200
+    sender.send(retry=3)
+    assert sender.spent <= 1200
"""
DIFF = _BUDGET + _TEST


def _request(number: int) -> dict[str, Any]:
    return {
        "wall": NOW - number * 37 * NS,
        "model": "claude-sonnet" if number % 3 else "claude-haiku",
        "input": 12_000 + 731 * number,
        "cached": 11_000 + 640 * number,
        "output": 300 + 41 * number,
        "usd": f"0.{123 + 17 * number:04d}",
        "list": None,
        "wait_ms": 90 + 13 * number,
        "end": "complete" if number != 4 else "cut",
    }


def _rule(layer: str, rule: str, verdict: str, binding: str) -> dict[str, Any]:
    what = {"deny": "history is overwritten", "ask": "the world outside sees it"}.get(verdict, "")
    return {
        "layer": layer,
        "subject": "command",
        "rule": rule,
        "verdict": verdict,
        "level": {"deny": "R4", "ask": "R3"}.get(verdict, "R1"),
        "what": what,
        "binding": binding,
    }


def _row(kind: str, line: str, outcome: str, ago: int) -> dict[str, Any]:
    by = "player" if kind in ("order", "refusal", "decision") else "rule"
    why = "NotYet: comes with a later version" if outcome == "refused" else ""
    moment, latency = NOW - ago * NS, 3 + ago % 7
    return {
        "wall": moment,
        "kind": kind,
        "by": by,
        "line": line,
        "outcome": outcome,
        "why": why,
        "latency_ms": latency,
    }


_SUMS = {
    "claude-sonnet": {"calls": 7, "input": 96_000, "cached": 84_000, "usd": "0.1240"},
    "claude-haiku": {"calls": 3, "input": 31_000, "cached": 22_000, "usd": "0.0210"},
}
FIGURES: dict[str, Any] = {
    "epm": 41.0, "apm": 57.0, "epm_session": 30.0, "apm_session": 44.0, "actions": 60,
    "effective": 41, "auto": 3, "decisions_per_hour": 12.0, "decision_median_s": 3.4,
    "results": 4, "usd_per_result": "0.42", "practice_per_result": None,
}  # fmt: skip
RUNGS = {
    "ladder": "claude",
    "model": "sonnet",
    "up": {"model": "claude-opus", "name": "opus", "factor": "5", "lost_cache": "0.21"},
    "down": {"model": "claude-haiku", "name": "haiku", "factor": "0.3", "lost_cache": "0.01"},
}
ANSWERS: dict[str, Any] = {
    "rungs": RUNGS,
    "diff": {"diff": DIFF, "why": ""},
    "cost": {"requests": [_request(n) for n in range(10)], "sums": _SUMS, "calls": 10},
    "policy": {
        "rules": [
            _rule("floor", "git push --force", "deny", "enforced"),
            _rule("operation", "git push *", "ask", "checked"),
            _rule("person", "pytest *", "allow", "checked"),
            _rule("person", "curl *", "ask", "advisory"),
        ],
        "agent": {"driver": "claude", "asks": "some"},
    },
    "audit": {
        "rows": [
            _row("order", "steer #11", "done", 12),
            _row("refusal", "fork #11", "refused", 70),
            _row("decision", "approve 41", "allow", 130),
            _row("decision", "deny 40", "deny", 131),
            _row("order", "pause #11", "done", 400),
            _row("grant", "run pytest -q", "allow", 460),
        ],
        "more": True,
    },
    "metrics": FIGURES,
    "acted": {"recorded": 1},
    "ports": {},
    "status": {},
}
ACCOUNTS = [
    {"id": "local", "kind": "ollama", "base_url": "http://127.0.0.1:11434", "model": "qwen3"},
    {"id": "work", "kind": "chat", "base_url": "https://api.example.org/v1", "model": "large-2"},
]
AGENTS = [
    {"name": "claude", "version": "2.1.4", "path": "/usr/bin/claude"},
    {"name": "codex", "version": "0.98.0", "path": "/usr/bin/codex"},
    {"name": "opencode", "version": "1.2.0", "path": "/usr/bin/opencode"},
]
DRIVERS = ["native", "claude", "codex", "acp", "terminal"]
ROOT = {"why": "", "root": "/work/billing", "branch": "main", "dirty": 2, "commits": 148}
INSIDE = ANSWERS | {
    "found": {"accounts": ACCOUNTS, "agents": AGENTS, "drivers": DRIVERS},
    "repository": ROOT,
}
OUTSIDE = ANSWERS | {
    "found": {
        "accounts": [],
        "offers": [{"id": "openai", "kind": "chat", "base_url": "https://x", "key_ref": "env:KEY"}],
        "agents": [],
    },
    "repository": {"why": "it has no commit yet", "remedy": "commit once"},
}
