"""The web log: who asked which page, never for what."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger

from config.log_paths import path_shown


class WebLogger(Logger):  # type: ignore[misc]  # a library without types
    """A line for each request, as gunicorn writes them."""

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> dict[str, Any]:
        """What a line is made of; whence somebody came is an address, too, and stays out."""
        shown = path_shown(str(environ.get("RAW_URI", "/")))
        told: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        line = f"{environ['REQUEST_METHOD']} {shown} {environ['SERVER_PROTOCOL']}"
        return told | {"r": line, "U": shown, "q": "", "f": "-"}
