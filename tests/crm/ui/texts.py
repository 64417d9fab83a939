"""Every text for people in an app: read out of its Python and its templates as the translators' tools do."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po
from django.utils.translation import templatize

ROOT = Path(__file__).resolve().parents[3]
APPS = sorted(
    path.parent for path in [*ROOT.glob("crm/*/apps.py"), ROOT / "tenants/apps.py", ROOT / "analytics/apps.py"]
)
LAZY = {"gettext_lazy": None, "gettext_noop": None, "ngettext_lazy": (1, 2), "pgettext_lazy": ((1, "c"), 2)}
CONTEXT = "\x04"  # gettext's own sign between a context and its text
HEAD = re.compile(r'^(?:msgctxt .*\n)?msgid .*\n(?:".*"\n)*', re.MULTILINE)
KEYWORDS: dict[str, Any] = {**DEFAULT_KEYWORDS, **LAZY}


def texts_of(app: Path) -> set[str]:
    """The English texts of one app."""
    return {text for path in sorted(app.rglob("*")) for text in texts_in(path)}


def texts_in(path: Path) -> Iterator[str]:
    """The texts of one file."""
    if path.suffix == ".py" and "migrations" not in path.parts:
        source = path.read_text(encoding="utf-8")
    elif path.suffix in (".html", ".txt") and "templates" in path.parts:
        lines = templatize(path.read_text(encoding="utf-8"), origin=str(path)).splitlines()
        source = "\n".join(line.strip() for line in lines)
    elif path.suffix == ".js":
        yield from texts_from(
            path.read_text(encoding="utf-8"), "javascript", {"_": None, "gettext": None, "ngettext": (1, 2)}
        )
        return
    else:
        return
    yield from texts_from(source, "python", KEYWORDS)


def texts_from(source: str, method: str, keywords: dict[str, Any]) -> Iterator[str]:
    """The first form of each message in a source, with its context."""
    for _line, message, _comments, context in extract(method, io.BytesIO(source.encode()), keywords=keywords):
        text = message[0] if isinstance(message, tuple) else message
        if text:
            yield in_context(text, context)


def in_context(text: str, context: str | None) -> str:
    """A text as catalogues find it: what means two things is told apart by a context in front."""
    return f"{context}{CONTEXT}{text}" if context else text


def catalogue_of(app: Path, name: str = "django") -> dict[str, Any]:
    """What an app's catalogue says for each text."""
    place = app / "locale/zh_Hans/LC_MESSAGES" / f"{name}.po"
    if not place.is_file():
        return {}
    with place.open("rb") as file:
        found = read_po(file, locale="zh_Hans")
    return {in_context(m.id[0] if isinstance(m.id, tuple) else m.id, m.context): m for m in found if m.id}


def heads_of(app: Path, name: str = "django") -> list[str]:
    """What every entry of an app's catalogue stands for, as it is written: a reader drops the first of two."""
    place = app / "locale/zh_Hans/LC_MESSAGES" / f"{name}.po"
    return HEAD.findall(place.read_text(encoding="utf-8")) if place.is_file() else []
