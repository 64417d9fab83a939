"""What forms of rules and webhooks share: JSON that came whole, problems at their place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from crm.core.errors import CrmError
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


def place_errors(refusal: CrmError, entries: Mapping[str, Entry]) -> list[str]:
    """Problems at their controls; what has neither control nor rows is returned for the top."""
    errors: Any = refusal.details.get("errors") or []
    if not errors:
        return [str(refusal.message)]
    left = [one for one in errors if str(one["pointer"]).strip("/") not in BUILT]
    return blame(CrmError(refusal.code, refusal.message, errors=left), entries) if left else []
