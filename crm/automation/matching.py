"""Which events concern a webhook or a rule: by name, by the author's rights, by conditions on the record."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.errors import CrmError, Problem
from crm.core.models import Record
from crm.core.permissions import is_limited, within
from crm.core.querying import where_of_tree
from crm.core.registry import Resource, registry

PATTERN = re.compile(r"\*|[a-z*]+\.(\*|[a-z_*]+\.[a-z_*]+)\Z")
OTHERS = (
    "team.user",
    "team.apikey",
    "team.invitation",
    "exchange.importjob",
    "exchange.sample",
)  # no nouns of people's
MOST_PATTERNS = 30
Event = dict[str, Any]


def labels_of(patterns: Iterable[str]) -> list[str]:
    """The nouns whose events the patterns may name."""
    return [label for label in (*(r.label for r in registry), *OTHERS) if any(concerns(p, label) for p in patterns)]


def concerns(pattern: str, label: str) -> bool:
    """Whether a pattern may match events of a noun."""
    noun = pattern if pattern.count(".") < 2 else pattern.rpartition(".")[0]
    return fnmatchcase(label, noun)


def is_named(name: str, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns covers the event's name."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def patterns_problem(patterns: Sequence[str]) -> Problem | None:
    """Why these are no patterns of events, if so."""
    if not patterns or len(patterns) > MOST_PATTERNS:
        return Problem("required", _("Name between 1 and %(limit)s events.") % {"limit": MOST_PATTERNS})
    for pattern in patterns:
        if not PATTERN.match(pattern) or not labels_of([pattern]):
            text = _("%(name)s names no event; write it like sales.order.* or customers.customer.created.")
            return Problem("unknown_event", text % {"name": pattern[:80]}, tuple(f"{r.label}.*" for r in registry))
    return None


def conditions_problem(label: str, tree: Any, actor: Actor) -> Problem | None:
    """Why the conditions cannot be asked of this noun, if so."""
    if tree is None:
        return None
    try:
        if label not in registry:
            raise CrmError("conditions", _("Conditions need events of one kind of record."))
        where_of_tree(registry[label], tree, actor=actor)
    except CrmError as refusal:
        allowed: Any = refusal.details.get("allowed") or ()
        return Problem(refusal.code, str(refusal.message), tuple(str(one) for one in allowed))
    return None


def one_noun(patterns: Iterable[str]) -> str:
    """The only noun that the patterns speak of, or nothing."""
    found = labels_of(patterns)
    return found[0] if len(found) == 1 else ""


def events_matching(patterns: Sequence[str], tree: Any, actor: Actor, events: Iterable[Event]) -> list[Event]:
    """The events that are named, may be seen, and whose record meets the conditions now."""
    named: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if is_named(event["name"], patterns):
            named[event["object_type"]].append(event)
    found = [event for label, some in named.items() for event in seen(label, some, tree, actor)]
    return sorted(found, key=lambda event: (event["tx"], event["seq"]))


def seen(label: str, events: list[Event], tree: Any, actor: Actor) -> list[Event]:
    """Of one noun's events, those of records that the actor may see and that meet the conditions."""
    resource, (app, _dot, noun) = registry.get(label), label.partition(".")
    if not actor.may(resource.permission("view") if resource else f"{app}.view_{noun}"):
        return []
    if resource is None or (tree is None and not is_limited(resource.model, actor)):
        return events if tree is None else []
    good = records_meeting(resource, {event["object_id"] for event in events}, tree, actor)
    return [event for event in events if event["object_id"] in good]


def records_meeting(resource: Resource, ids: set[UUID], tree: Any, actor: Actor) -> set[UUID]:
    """Which of these records meet the conditions; deleted ones count, for their deletion is told, too."""
    model: type[Record] = resource.model
    rows = within(model._default_manager.filter(pk__in=ids), actor)
    if tree is not None:
        rows = rows.filter(where_of_tree(resource, tree, actor=actor))
    return set(rows.values_list("pk", flat=True))
