"""What happened around a record, newest first: its own facts, and dated records that point at it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.merging import permission as merge_permission
from crm.core.models import Event, Merge
from crm.core.permissions import is_hidden, masked, readable
from crm.core.registry import Resource, Row
from crm.core.rewinding import rewindable
from crm.core.specs import FieldSpec
from crm.ui.addresses import record_address
from crm.ui.around import Around, Wanted, around, pointing
from crm.ui.cells import number_text
from crm.ui.conditions import one_words, uuid_of
from crm.ui.people import USER, names_of, titles_of, who
from crm.ui.worded import worded

MOST = 30
CHANGES = "changes"
OF_RECORD = {
    "created": ("plus", "blue"),
    "changed": ("pencil", "grey"),
    "deleted": ("trash", "red"),
    "restored": ("arrow-back-up", "green"),
    "shared": ("user-plus", "azure"),
    "unshared": ("user-minus", "grey"),
    "merged": ("copy", "azure"),
    "unmerged": ("arrow-back-up", "grey"),
    "revealed": ("eye", "grey"),
    "assigned": ("user-check", "azure"),
    "band_crossed": ("activity", "orange"),
}
WITH = "shared_with"  # what the facts of sharing hold
QUIET = frozenset(
    {"updated_at", "version", "created_at", "deleted_at", "is_sample", "object_type", "object_id", "position"}
)


@dataclass
class Moment:
    """One line of the timeline."""

    at: datetime
    icon: str
    tone: str
    title: str
    by: str = ""
    body: str = ""
    address: str = ""
    row: Mapping[str, Any] = field(default_factory=dict)
    specs: list[FieldSpec] = field(default_factory=list)
    resource: Resource | None = None
    merge: str = ""  # the merge that it was, as long as that can be taken back

    @property
    def is_coming(self) -> bool:
        """Whether it lies ahead."""
        return self.at > timezone.now()


def timeline(resource: Resource, record_id: UUID, actor: Actor, wanted: Wanted) -> list[Moment]:
    """Everything that is dated, newest first; what lies ahead on top."""
    is_told = not wanted.search and wanted.kind in ("", CHANGES)
    found = events_of(resource, record_id, actor, wanted.most) if is_told else []
    seen: set[str] = set()  # what points here in two ways stands here once
    for other in [] if wanted.kind == CHANGES else around(resource, record_id, actor, wanted):
        found += [one for one in dated(other) if one.address not in seen]
        seen |= {one.address for one in found}
    return sorted(found, key=lambda one: one.at, reverse=True)[: wanted.most]


def kinds_of(resource: Resource, actor: Actor) -> list[tuple[str, Any]]:
    """By what a timeline can be narrowed: each noun that may stand in it, and the record's own changes."""
    nouns = {other.label: other.name_plural for other, _link in pointing(resource, actor) if other.timeline_at}
    return [*nouns.items(), (CHANGES, _("Changes"))]


def events_of(resource: Resource, record_id: UUID, actor: Actor, most: int = MOST) -> list[Moment]:
    """The record's own facts."""
    events = list(Event.objects.filter(object_id=record_id, object_type=resource.label).order_by("-seq")[:most])
    names = names_of(event.actor_id for event in events if event.actor_id and event.actor_kind == "user")
    held = merges_held(resource, events, actor)
    return [moment_of(resource, event, who(event, names), actor, held) for event in events]


def merges_held(resource: Resource, events: Sequence[Event], actor: Actor) -> set[str]:
    """Which of the merges that are told the actor may take back."""
    merged = (event.after or {} for event in events if event.name.endswith(".merged"))
    told = [after["merge"] for after in merged if "merge" in after]
    if not told or not actor.may(merge_permission(resource)):
        return set()
    return {str(pk) for pk in Merge.objects.filter(pk__in=told, undone_at=None).values_list("pk", flat=True)}


def moment_of(resource: Resource, event: Event, by: str, actor: Actor, held: Collection[str] = ()) -> Moment:
    """A fact as a line: what was done, and to which fields."""
    done = event.name.rpartition(".")[2]
    icon, tone = OF_RECORD.get(done, ("check", "green"))
    action = resource.verb_names.get(done)
    titles = {
        "created": _("Created"),
        "changed": _("Changed"),
        "deleted": _("Deleted"),
        "restored": _("Restored"),
        "shared": _("Shared"),
        "unshared": _("No longer shared"),
        "merged": _("Merged"),
        "unmerged": _("Taken apart"),
        "revealed": _("Looked at"),
        "assigned": _("Assigned"),
        "band_crossed": _("Risk level changed"),
    }
    title = str(action.label) if action else titles.get(done, done)
    if done == "created" and event.via == "import":
        title, icon = _("Imported"), "file-import"
    told = [name for name in (event.after or {}) if name in resource.specs and name not in QUIET]
    fields = [str(resource.specs[name].label) for name in told if not is_hidden(resource, name, actor)]
    body = ", ".join(fields[:6]) + ("…" if len(fields) > 6 else "") if done == "changed" else ""
    body = turn_words(resource, event, actor) if done == "band_crossed" else body
    title = f"{title}: {', '.join(fields)}" if done == "revealed" and fields else title
    body = share_words((event.after or {}).get(WITH) or (event.before or {}).get(WITH)) or body
    merge = str((event.after or {}).get("merge", ""))
    body = merged_words(resource, event.after, actor) if merge else body
    icon = action.icon if action else icon
    return Moment(event.at, icon, tone, title, by, body, merge=merge if done == "merged" and merge in held else "")


def turn_words(resource: Resource, event: Event, actor: Actor) -> str:
    """What a choice was and is."""
    name = next(iter(event.after or {}), "")
    spec = None if is_hidden(resource, name, actor) else resource.specs.get(name)
    words = dict(spec.choices) if spec else {}
    pair = [str(words.get(str((said or {}).get(name)), "")) for said in (event.before, event.after)]
    return " → ".join(pair) if all(pair) else ""


def merged_words(resource: Resource, said: Any, actor: Actor) -> str:
    """With whom a record was merged, by the names that they had."""
    return "" if is_hidden(resource, resource.title, actor) else ", ".join(str(name) for name in said.get("names", ()))


def share_words(said: Any) -> str:
    """A share as history keeps it, in words."""
    if not isinstance(said, dict):
        return ""
    kind = _("reads and changes it") if said.get("may_change") else _("reads it")
    day = date.fromisoformat(said["until"]) if said.get("until") else None
    until = _("until %(day)s") % {"day": date_format(day, "SHORT_DATE_FORMAT")} if day else ""
    return ", ".join(one for one in (str(said.get("name", "")), kind, until) if one)


def dated(beside: Around) -> list[Moment]:
    """The records of another noun as lines, with a few of their values."""
    other, moment = beside.resource, beside.resource.timeline_at
    found = []
    for row in beside.rows:
        if (at := row.get(moment) or row.get("created_at")) is None:
            continue
        body = str(row.get(beside.body.name) or "") if beside.body else ""
        found.append(
            Moment(
                at,
                other.icon,
                "azure",
                str(row.get(other.title) or ""),
                body=body[:400],
                address=record_address(other.label, row["id"]),
                row=row,
                specs=[spec for spec in beside.specs if spec.name != moment],
                resource=other,
            )
        )
    return found


@dataclass(frozen=True)
class FieldChange:
    """One field, before and after."""

    label: str
    before: str
    after: str
    name: str = ""  # of a value that can be given back


@dataclass(frozen=True)
class Fact:
    """An event of the history with its fields."""

    at: datetime
    title: str
    by: str
    via: str
    changes: list[FieldChange]
    seq: int = 0  # of a change that can be taken back with all that came after it
    body: str = ""
    merge: str = ""  # as of a moment


def history(resource: Resource, record_id: UUID, actor: Actor) -> list[Fact]:
    """Every change, field by field, newest first; hidden fields stay out, of sensitive ones the mask is told."""
    seen = {spec.name: spec for spec in readable(resource, actor)}
    events = list(Event.objects.filter(object_id=record_id, object_type=resource.label).order_by("-seq")[:50])
    people = [(USER, event.actor_id) for event in events if event.actor_id and event.actor_kind == "user"]
    names = titles_of([*people, *linked(events, seen)], actor)
    via = {
        "page": _("page"),
        "api": "API",
        "import": _("import"),
        "job": _("job"),
        "rule": _("rule"),
        "command": _("command"),
    }
    held = set(rewindable(resource, actor)) if actor.may(resource.permission("change")) else set()
    merges = merges_held(resource, events, actor)
    found = []
    for event, before, after in documents(resource, events, actor):
        changes = changes_of(before, after, seen, names, held)
        seq = event.seq if any(one.name for one in changes) else 0
        one = moment_of(resource, event, "", actor, merges)
        by = who(event, names)
        fact = Fact(event.at, one.title, by, via.get(event.via, event.via), changes, seq)
        found.append(replace(fact, body=one.body, merge=one.merge) if "merge" in (event.after or {}) else fact)
    return found


def linked(events: Sequence[Event], seen: Mapping[str, FieldSpec]) -> Iterator[tuple[str, UUID]]:
    """The records that facts point at."""
    for document in (document or {} for event in events for document in (event.before, event.after)):
        for name, value in document.items():
            if name in seen and (target := seen[name].target) and (pk := uuid_of(value)):
                yield target, pk


def documents(resource: Resource, events: Sequence[Event], actor: Actor) -> Iterator[tuple[Event, Row, Row]]:
    """Each fact with what was before and after; a fact that tells of conditions says what these speak of, too."""
    bare = [document or {} for event in events for document in (event.before, event.after)]
    if resource.conditions:
        said = [name for name in resource.conditions.values() if name in resource.specs]
        now = resource.model._default_manager.filter(pk=events[0].object_id).values(*said).first() if events else {}
        about = worded(resource, [{**(now or {}), **document} for document in bare], actor)
        bare = [{name: told[name] for name in document} for document, told in zip(bare, about, strict=True)]
    return zip(events, bare[::2], bare[1::2], strict=True)


def changes_of(
    before: Row, after: Row, seen: Mapping[str, FieldSpec], names: Mapping[UUID, str], held: Collection[str]
) -> list[FieldChange]:
    """The fields of one fact; those of `held` can be given back where the fact says what they were."""
    keys = [name for name in (*after, *(n for n in before if n not in after)) if name in seen and name not in QUIET]
    shared = [share_words(one.get(WITH)) for one in (before, after)]
    with_whom = [FieldChange(_("Shared with"), *shared)] if any(shared) else []
    return with_whom + [
        FieldChange(
            str(seen[name].label),
            plain(seen[name], before.get(name), names),
            plain(seen[name], after.get(name), names),
            name if name in held and name in before and name in after else "",
        )
        for name in keys
    ]


def plain(spec: FieldSpec, value: Any, names: Mapping[UUID, str]) -> str:
    """A stored JSON value as people read it."""
    if value is None or value == "" or value == []:
        return ""
    if spec.sensitive:
        return masked(str(value))
    if isinstance(value, list):
        return ", ".join(str(one.get("label", one)) if isinstance(one, dict) else str(one) for one in value)
    if spec.target:
        return names.get(uuid_of(value) or UUID(int=0), _("(not visible)"))
    if spec.kind in ("money", "number", "integer") and not spec.is_plain:
        return number_text(Decimal(str(value)))
    return one_words(spec, value, names, get_language() or "en")[:300]
