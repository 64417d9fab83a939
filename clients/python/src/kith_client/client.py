"""The way in: one company's Kith."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any
from uuid import UUID

import httpx

from kith_client.access import ApiKey
from kith_client.exports import Exports
from kith_client.feed import Feed
from kith_client.jobs import Jobs
from kith_client.nouns import Nouns
from kith_client.nouns.answers import (
    CallerTold,
    ModelPageTold,
    PersonTold,
    PredictionsTold,
    RecommendationsTold,
    RoleTold,
)
from kith_client.records import Records
from kith_client.transport import Transport


class Kith(Nouns):
    """A company's API: `root` is the address of its pages, `access` an API key or one of kith_client.access."""

    def __init__(
        self,
        root: str,
        access: str | httpx.Auth,
        *,
        tries: int = 5,
        timeout: float = 30.0,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        auth = ApiKey(access) if isinstance(access, str) else access
        self.transport = Transport(root, auth, tries=tries, timeout=timeout, wait=wait)
        self.events = Feed(self.transport, wait)
        self.jobs = Jobs(self.transport, wait)
        self.exports = Exports(self.transport, wait)

    def records(self, slug: str) -> Records[dict[str, Any], dict[str, Any]]:
        """Any noun by its address, also one that this client's version has no types for."""
        return Records(self.transport, slug)

    def me(self) -> CallerTold:
        """Who the caller is, and what it may do."""
        found: CallerTold = self.transport.send("GET", "me").json()
        return found

    def predictions(self, customer: str | UUID) -> PredictionsTold:
        """What the models say of a customer, with reasons."""
        found: PredictionsTold = self.transport.send("GET", f"customers/{customer}/predictions").json()
        return found

    def recommendations(self, customer: str | UUID, *, n: int = 10) -> RecommendationsTold:
        """What to offer to a customer, with reasons."""
        path = f"customers/{customer}/recommendations"
        found: RecommendationsTold = self.transport.send("GET", path, params={"n": n}).json()
        return found

    def models(self) -> ModelPageTold:
        """The models in use: how they were judged, and their history."""
        found: ModelPageTold = self.transport.send("GET", "models").json()
        return found

    def people(self) -> list[PersonTold]:
        """Who works here."""
        found: list[PersonTold] = self.transport.send("GET", "people").json()["results"]
        return found

    def roles(self) -> list[RoleTold]:
        """The roles, and what each may do."""
        found: list[RoleTold] = self.transport.send("GET", "roles").json()["results"]
        return found

    def schema(self, noun: str = "") -> dict[str, Any]:
        """Every noun, or one: fields, types, choices, and what this caller may read and write."""
        return dict(self.transport.send("GET", f"schema/{noun}" if noun else "schema").json())

    def close(self) -> None:
        """Let go of the connections."""
        self.transport.close()

    def __enter__(self) -> Kith:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
