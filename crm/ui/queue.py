"""The queue of somebody's work: what is due, to follow up, ageing or to decide, and whom to call, in one order.

How urgent a line is, of a hundred: what its noun says, half a point more for every day it waits (thirty at most);
a customer at critical risk stands above follow-ups and below due tasks, by what is at stake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import ngettext

from analytics.worklist import NOUN, WorkItem
from crm.core.actors import Actor
from crm.core.boards import frame_read
from crm.core.permissions import is_hidden
from crm.core.reading import list_query, page_read
from crm.core.registry import Board, Resource, Verb, Waiting, registry
from crm.core.rows import may_name
from crm.ui.actions import Action
from crm.ui.conditions import written

EACH, PER_DAY, MOST_DAYS = 10, 0.5, 30
AGEING, STAKES = 50.0, 8.0
BANDS = {"critical": 64.0, "high": 56.0}
SLIPPING = 45.0


@dataclass(frozen=True)
class Work:
    """One line: what, why, how urgent, and what can be done about it at one key."""

    score: float
    resource: Resource
    id: UUID
    title: str
    reason: str
    about: Mapping[str, Any] | None = None  # the record that it is about: label, id, title
    act: Action | None = None
    amount: Decimal | None = None
    call: WorkItem | None = None  # of customers who may be lost: what the models say


def queue_of(actor: Actor, calls: Sequence[WorkItem]) -> list[Work]:
    """Everything, the most urgent first."""
    found = [*of_calls(calls)]
    for resource in registry:
        if actor.may(resource.permission("view")):
            for waiting in resource.waiting:
                found += of_waiting(resource, waiting, actor)
            if resource.board:
                found += of_ageing(resource, resource.board, actor)
    return sorted(once(found), key=lambda one: (-one.score, one.title))


def once(found: Sequence[Work]) -> list[Work]:
    """Each record in its most urgent line only, and not where something to be done about it stands by itself."""
    best: dict[UUID, Work] = {}
    for one in found:
        if one.id not in best or best[one.id].score < one.score:
            best[one.id] = one
    acted = {one.about["id"] for one in best.values() if one.act and one.about}
    return [one for one in best.values() if one.call or one.id not in acted]


def of_calls(calls: Sequence[WorkItem]) -> Iterator[Work]:
    """The customers who may be lost, by how likely and for how much."""
    most = max((one.at_stake or Decimal(0) for one in calls), default=Decimal(0))
    for one in calls:
        share = float((one.at_stake or Decimal(0)) / most) if most else 0.0
        score = BANDS.get(one.band, SLIPPING) + STAKES * share
        yield Work(score, registry[NOUN], one.id, one.name, one.reason, call=one)


def of_waiting(resource: Resource, waiting: Waiting, actor: Actor) -> Iterator[Work]:
    """The records of a noun that wait for this person."""
    verb = resource.verb_names[waiting.verb] if waiting.verb else None
    may_act = verb is None or actor.may(verb.permission(resource))
    asked = {**waiting.where, f"{waiting.since}__lte": "today", **({"owner": "me"} if waiting.is_own else {})}
    names = {name.split("__")[0] for name in asked}
    if actor.person is None or any(is_hidden(resource, name, actor) for name in names):
        return
    if not (may_act or waiting.is_own):
        return
    if waiting.since in resource.sortable:
        asked["ordering"] = waiting.since
    for row in read(resource, asked, waiting.since, actor):
        days = days_since(row[waiting.since])
        score = waiting.weight + PER_DAY * min(max(days, 0), MOST_DAYS)
        yield line(resource, row, (score, waiting.says(days)), verb=verb if may_act else None)


def of_ageing(resource: Resource, board: Board, actor: Actor) -> Iterator[Work]:
    """The cards of a board that stand too long where they are."""
    if not board.limit or is_hidden(resource, board.by, actor) or is_hidden(resource, board.since, actor):
        return
    target = resource.specs[board.by].target
    if target is None or not may_name(target, actor):
        return
    columns = [one for found in frame_read(resource, actor).columns.values() for one in found]
    limits = {one.key: int(one.facts[board.limit]) for one in columns if one.facts.get(board.limit)}
    now = timezone.localdate()
    stuck = [
        {"and": [{"field": board.by, "op": "eq", "value": key},
                 {"field": board.since, "op": "lt", "value": (now - timedelta(days=days)).isoformat()}]}
        for key, days in limits.items()
    ]  # fmt: skip
    if not stuck:
        return
    asked = {"where": written({"or": stuck[:20]}), "owner": "me", "ordering": board.since}
    for row in read(resource, asked, board.since, actor, (board.by, board.amount)):
        limit = limits[str(row[board.by]["id"])]
        days = days_since(row[board.since])
        text = ngettext("In “%(stage)s” for %(n)s day", "In “%(stage)s” for %(n)s days", days)
        score = AGEING + PER_DAY * min(days - limit, MOST_DAYS)
        told = text % {"stage": row[board.by]["title"], "n": days}
        yield line(resource, row, (score, told), amount=board.amount)


def read(
    resource: Resource, asked: Mapping[str, str], since: str, actor: Actor, more: Sequence[str] = ()
) -> list[Mapping[str, Any]]:
    """The first of a list, with what a line tells."""
    seen = [name for name in more if name and not is_hidden(resource, name, actor)]
    fields = list(dict.fromkeys([resource.title, since, *seen, *about_by(resource, actor)]))
    rows = page_read(list_query(resource, dict(asked), actor=actor, fields=fields), size=EACH).rows
    return [row for row in rows if row[since]]


def about_by(resource: Resource, actor: Actor) -> list[str]:
    """The field that says what a record is about: the reference, else the first link among its columns."""
    links = ("object_id", *(name for name in resource.columns if resource.links.get(name) in registry))
    seen = [name for name in links if name in resource.plain.specs and not is_hidden(resource, name, actor)]
    return seen[:1]


def line(
    resource: Resource,
    row: Mapping[str, Any],
    urgent: tuple[float, str],
    *,
    verb: Verb | None = None,
    amount: str = "",
) -> Work:
    """One line of a row: how urgent it is, and why."""
    links = {name: row[name] for name in ("object_id", *resource.links) if isinstance(row.get(name), dict)}
    about = next(iter(links.items()), None)
    told = {"label": resource.links.get(about[0], ""), **about[1]} if about else None
    title, act = str(row.get(resource.title) or ""), Action.of(verb) if verb else None
    return Work(urgent[0], resource, row["id"], title, urgent[1], told, act, row.get(amount))


def days_since(value: date | datetime) -> int:
    """How many days ago, in the tenant's zone."""
    day = timezone.localtime(value).date() if isinstance(value, datetime) else value
    return (timezone.localdate() - day).days
