"""The records of one noun: list, find, read, write, many at once, and its actions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast
from urllib.parse import quote
from uuid import UUID

from kith_client.errors import KithError, Problem, problem_of
from kith_client.transport import Transport

Read = TypeVar("Read")
Write = TypeVar("Write")
Id = str | UUID
Rows = list[Mapping[str, Any]]
BATCH = 1000  # rows that the API takes at once


@dataclass(frozen=True)
class Page(Generic[Read]):
    """Some records, and the cursors of the pages beside them ("" where there is none)."""

    results: list[Read]
    next: str = ""
    previous: str = ""
    count: int | None = None
    count_is_exact: bool | None = None


@dataclass(frozen=True)
class BatchRow:
    """What became of one row of a batch; `position` is its place in what was given."""

    position: int
    status: int
    id: str = ""
    code: str = ""
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        """Whether it was stored (or would be, in a dry run)."""
        return self.status < 400


class Records(Generic[Read, Write]):
    """One noun. Filters are named as in the API: `city="Hangzhou"`, `clv_predicted__gte=500`."""

    def __init__(self, transport: Transport, slug: str) -> None:
        self._transport, self._slug = transport, slug

    def list(
        self,
        *,
        ordering: str = "",
        search: str = "",
        fields: Sequence[str] = (),
        include: Sequence[str] = (),
        page_size: int = 200,
        **filters: Any,
    ) -> Iterator[Read]:
        """Every record that matches, page by page as they are asked for."""
        cursor = ""
        while True:
            page = self.page(
                ordering=ordering,
                search=search,
                fields=fields,
                include=include,
                page_size=page_size,
                cursor=cursor,
                count="none",
                **filters,
            )
            yield from page.results
            if not (cursor := page.next):
                return

    def page(
        self,
        *,
        ordering: str = "",
        search: str = "",
        fields: Sequence[str] = (),
        include: Sequence[str] = (),
        page_size: int = 50,
        cursor: str = "",
        count: str = "estimate",
        **filters: Any,
    ) -> Page[Read]:
        """One page; `count` is none, estimate or exact."""
        asked = {"ordering": ordering, "search": search, "fields": fields, "include": include, "cursor": cursor}
        params = {**filters, **{name: value for name, value in asked.items() if value}}
        params |= {"page_size": page_size, "count": count}
        return page_of(self._transport.send("GET", f"{self._slug}/", params=params).json())

    def find(
        self,
        where: Mapping[str, Any],
        *,
        ordering: str = "",
        search: str = "",
        fields: Sequence[str] = (),
        page_size: int = 200,
    ) -> Iterator[Read]:
        """Every record for which a tree of and, or, not and {field, op, value} holds."""
        body: dict[str, Any] = {"where": where, "page_size": page_size, "count": "none"}
        asked = {"ordering": ordering, "search": search, "fields": [*fields]}
        body |= {name: value for name, value in asked.items() if value}
        while True:
            page: Page[Read] = page_of(self._transport.send("POST", f"{self._slug}/search", body=body).json())
            yield from page.results
            if not page.next:
                return
            body["cursor"] = page.next

    def count(self, **filters: Any) -> int:
        """How many there are, exactly."""
        answer = self._transport.send("GET", f"{self._slug}/count", params={**filters, "count": "exact"})
        return int(answer.json()["count"])

    def get(self, id: Id, *, fields: Sequence[str] = (), include: Sequence[str] = ()) -> Read:
        """One record by its id."""
        return self._one(f"{self._slug}/{id}", fields, include)

    def get_external(self, source: str, value: str, *, fields: Sequence[str] = ()) -> Read:
        """One record by the name that another system knows it by."""
        return self._one(f"{self._slug}/{external(source, value)}", fields, ())

    def create(self, values: Write, *, dry_run: bool = False) -> Read:
        """A new record; a dry run answers what it would be and stores nothing."""
        return self._write("POST", f"{self._slug}/", values, dry_run=dry_run)

    def change(self, id: Id, values: Write, *, version: int | None = None, dry_run: bool = False) -> Read:
        """Change what is named; with the `version` that was read, a change in between is refused as Stale."""
        return self._write("PATCH", f"{self._slug}/{id}", values, version=version, dry_run=dry_run)

    def replace(self, id: Id, values: Write, *, version: int | None = None, dry_run: bool = False) -> Read:
        """Change everything: what is not named goes back to its default."""
        return self._write("PUT", f"{self._slug}/{id}", values, version=version, dry_run=dry_run)

    def upsert(self, source: str, value: str, values: Write, *, dry_run: bool = False) -> Read:
        """Create or change the record that another system knows by this name; may be repeated as often as one likes."""
        return self._write("PUT", f"{self._slug}/{external(source, value)}", values, dry_run=dry_run)

    def delete(self, id: Id, *, version: int | None = None, dry_run: bool = False) -> None:
        """Delete it so that it can be restored."""
        self._transport.send("DELETE", f"{self._slug}/{id}", params=dry(dry_run), version=version)

    def restore(self, id: Id) -> Read:
        """Bring a deleted record back."""
        return cast("Read", self._transport.send("POST", f"{self._slug}/{id}/restore").json())

    def act(self, action: str, id: Id, *, dry_run: bool = False, **inputs: Any) -> Read:
        """Run an action of this noun on a record, such as `kith.tasks.act("complete", task["id"])`."""
        answer = self._transport.send("POST", f"{self._slug}/{id}/{action}", body=inputs or None, params=dry(dry_run))
        return cast("Read", answer.json())

    def batch(
        self, rows: Iterable[Mapping[str, Any]], *, mode: str = "partial", dry_run: bool = False
    ) -> Iterator[BatchRow]:
        """Many writes, a thousand at a time: `partial` stores the good ones, `atomic` all of a thousand or none.

        A row is {"action": "create"|"update"|"upsert"|"delete"|"restore", "values": …, "id": … or "external": …}."""
        block: Rows = []
        done = 0
        for row in rows:
            block.append(row)
            if len(block) == BATCH:
                yield from self._block(block, done, mode, dry_run)
                done, block = done + len(block), []
        if block:
            yield from self._block(block, done, mode, dry_run)

    def _block(self, rows: Sequence[Mapping[str, Any]], begin: int, mode: str, dry_run: bool) -> Iterator[BatchRow]:
        params = {"mode": mode} | (dry(dry_run) or {})
        try:
            said = self._transport.send("POST", f"{self._slug}/batch", body={"rows": rows}, params=params).json()
        except KithError as error:
            if "results" not in error.body:  # the batch was not understood: no row was looked at
                raise
            said = error.body
        for at, one in enumerate(said["results"]):
            yield batch_row(begin + at, one)

    def _one(self, path: str, fields: Sequence[str], include: Sequence[str]) -> Read:
        params = {name: value for name, value in {"fields": fields, "include": include}.items() if value}
        return cast("Read", self._transport.send("GET", path, params=params).json())

    def _write(self, method: str, path: str, values: Write, *, dry_run: bool, version: int | None = None) -> Read:
        answer = self._transport.send(method, path, body=values, params=dry(dry_run), version=version)
        return cast("Read", answer.json())


def dry(is_dry: bool) -> dict[str, Any] | None:
    """The parameter of a dry run."""
    return {"dry_run": 1} if is_dry else None


def external(source: str, value: str) -> str:
    """The address of an outside name; one with a slash goes as parameters."""
    if "/" in value or "/" in source or ":" in source:
        return f"ext?source={quote(source, safe='')}&id={quote(value, safe='')}"
    return f"ext:{quote(source, safe='')}:{quote(value, safe='')}"


def page_of(said: Mapping[str, Any]) -> Page[Any]:
    """A page from what the API answered; its links carry the cursors."""
    links = {name: cursor_of(said.get(name) or "") for name in ("next", "previous")}
    return Page(said["results"], **links, count=said.get("count"), count_is_exact=said.get("count_is_exact"))


def cursor_of(link: str) -> str:
    """The cursor in a link, or the cursor itself."""
    return link.rpartition("cursor=")[2].partition("&")[0]


def batch_row(position: int, said: Mapping[str, Any]) -> BatchRow:
    """One row of a batch's answer."""
    problem = said.get("problem") or {}
    return BatchRow(
        position=position,
        status=int(said["status"]),
        id=str(said.get("id") or ""),
        code=str(problem.get("code", "")),
        problems=[problem_of(one) for one in problem.get("errors") or ()],
    )
