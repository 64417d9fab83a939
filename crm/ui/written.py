"""What forms of rules and webhooks share: JSON that came whole, rows that come and go, problems at their place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from crm.core.errors import CrmError
from crm.ui.automation import numbers
from crm.ui.inputs import Entry, blame

BUILT = frozenset({"conditions", "actions", "events"})  # shown beside their rows, not at a control


def json_posted(data: QueryDict, *names: str) -> dict[str, Any]:
    """Fields that came as JSON text; what cannot be read is passed on as text, and refused by the save."""
    found: dict[str, Any] = {}
    for name in names:
        if text := str(data.get(name, "")).strip():
            try:
                found[name] = json.loads(text)
            except ValueError:
                found[name] = text
    return found


def moved(data: QueryDict, what: str) -> list[tuple[str, str, str]]:
    """The rows of conditions after what was pressed: one more, or one less."""
    word, _colon, rest = str(data.get("refresh", "")).partition(":")
    rows = []
    for number in numbers(data, "c"):
        if not (word == f"drop-{what}" and rest == str(number)):
            field, op, value = (str(data.get(f"c-{number}-{name}", "")) for name in ("field", "op", "value"))
            rows.append((field, op, value))
    return [*rows, ("", "", "")] if word == f"add-{what}" else rows


def place_errors(refusal: CrmError, entries: Mapping[str, Entry]) -> list[str]:
    """Problems at their controls; what has neither control nor rows is returned for the top."""
    errors: Any = refusal.details.get("errors") or []
    if not errors:
        return [str(refusal.message)]
    left = [one for one in errors if str(one["pointer"]).strip("/") not in BUILT]
    return blame(CrmError(refusal.code, refusal.message, errors=left), entries) if left else []
