"""Request ids and clocks: every answer says which request it answers and how long that took."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

from crm.core.fields import uuid7

KEY = "kith.request_id"
GIVEN = re.compile(r"[A-Za-z0-9._:-]{1,64}")


def request_id_of(meta: Mapping[str, Any]) -> str:
    """The id that the gate gave this request ("" where no gate stood)."""
    return str(meta.get(KEY, ""))


def request_id_make(meta: dict[str, Any]) -> str:
    """Take the caller's `X-Request-Id` where it is a plain word, else make one; kept for the whole request."""
    given = str(meta.get("HTTP_X_REQUEST_ID", ""))
    meta[KEY] = given if GIVEN.fullmatch(given) else str(uuid7())
    return str(meta[KEY])


class Clock:
    """Counts statements and the time they take, for `Server-Timing`."""

    def __init__(self) -> None:
        self.began, self.database, self.statements = perf_counter(), 0.0, 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """One statement (Django's execute wrapper)."""
        before = perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.database += perf_counter() - before
            self.statements += 1

    def header(self) -> str:
        """`app;dur=8.1, db;dur=3.0;desc="2 statements"`, in milliseconds."""
        total = (perf_counter() - self.began) * 1000
        return f'app;dur={total:.1f}, db;dur={self.database * 1000:.1f};desc="{self.statements} statements"'
