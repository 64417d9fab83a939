"""The smallest application: it answers anything that a web server lets through."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Yes."""
    start_response("200 OK", [("Content-Length", "2"), ("Connection", "close")])
    return [b"ok"]
