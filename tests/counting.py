"""Statements counted, and held against what was committed: they may only fall."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

SNAPSHOT = Path(__file__).parent / "snapshots" / "query_counts.json"
# Not of the request: the tenant's row is looked up each second, a key's use is noted each minute
BY_THE_CLOCK = ('"tenants_tenant"', '"tenants_domain"', 'SET "last_used_at"')
PATH = re.compile(r"^SET search_path = [^;]*; ")  # travels with a request's first question
COUNTED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "EXPLAIN")


def cost(client: Any, path: str) -> int:
    """Statements of a warm request."""
    assert client.get(path).status_code == 200
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    texts = [PATH.sub("", query["sql"]).lstrip("( ") for query in found.captured_queries]
    own = [text for text in texts if not any(mark in text for mark in BY_THE_CLOCK)]
    return sum(text.upper().startswith(COUNTED) for text in own)


def remember(surface: str, name: str, count: int) -> None:
    """Judge a count by the committed one; with KITH_RENEW=1 a lower one is written, a higher one never."""
    kept = json.loads(SNAPSHOT.read_text()) if SNAPSHOT.exists() else {}
    own = kept.setdefault(surface, {})
    if os.environ.get("KITH_RENEW") and count < own.get(name, count + 1):
        own[name] = count
        SNAPSHOT.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    assert name in own, f"{name} is not in {SNAPSHOT.name}: renew it"
    assert count <= own[name], f"{name} costs {count} statements, {own[name]} were committed"
