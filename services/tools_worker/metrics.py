"""The tools worker's own figures at /metrics."""

from prometheus_client import Counter, Histogram

_CALLS = Counter("supportbot_tool_calls", "Tool calls by how they ended", ["tool", "status", "code"])
_SECONDS = Histogram("supportbot_tool_seconds", "Duration of a tool call", ["tool"])


def count_call(tool: str, status: str, code: str, seconds: float) -> None:
    """Count one call that has ended; `tool` must be one of few values."""
    _CALLS.labels(tool, status, code).inc()
    _SECONDS.labels(tool).observe(seconds)
