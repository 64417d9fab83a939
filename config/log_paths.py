"""How logs name the path of a request: no query, no link that is its own proof, no words of people."""

from __future__ import annotations

import logging
import re
from urllib.parse import urlsplit

# A word of an address, a record's id, a number; whatever else stands in a path may be a token, a name or an outside id.
KNOWN = re.compile(r"[a-z][a-z_.-]{0,40}|v1|\d{1,12}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|", re.ASCII)
LEFT_OUT = "*"
SPEAKING = ("django.", "crm.api")  # whose lines name the path that was asked for


def path_shown(path: str) -> str:
    """The path without its query, and without what may be a secret or somebody's words."""
    words = urlsplit(path.replace("//", "/")).path.split("/")
    if words[1:2] == ["static"]:
        return "/".join(words)
    pairs = zip(["", *words[:-1]], words, strict=True)
    return "/".join(word if KNOWN.fullmatch(word) or before == "t" else LEFT_OUT for before, word in pairs)


class PathFilter(logging.Filter):
    """Lines of the application that name the path of a request name it as the web log does."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every line passes."""
        if record.name.startswith(SPEAKING) and isinstance(record.args, tuple):
            record.args = tuple(
                path_shown(one) if isinstance(one, str) and one.startswith("/") else one for one in record.args
            )
        return True
