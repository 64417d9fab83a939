"""Reports that are kept: those that people save, and those that are there from the first day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from analytics.models import Dashboard, DashboardPlace, SavedReport
from analytics.reports.asking import noun_of, report_read
from analytics.reports.grouping import grouping_read
from analytics.reports.ready import READY, Definition
from crm.core.actors import Actor
from crm.core.bulk import Fact, events_write
from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.core.registry import Resource, registry
from crm.core.sharing import Sharing, may_change_shared, owner_of, shared_with

REPORT, DASHBOARD = "analytics.savedreport", "analytics.dashboard"
FIELDS = frozenset({"name", "sharing", "chart", "day", "definition"})
LONGEST = 80
Kept = SavedReport | Dashboard


@dataclass(frozen=True)
class Opened:
    """A report that can be read: by which key, and what it says."""

    key: str
    name: str
    chart: str
    day: str
    definition: Definition
    saved: SavedReport | None = None

    @property
    def noun(self) -> Resource:
        """What it is about."""
        return noun_of(self.definition.get("object"))


def uuid_read(key: str) -> UUID | None:
    """A key as an id, if it is one."""
    try:
        return UUID(key)
    except ValueError:
        return None


def reports_visible(actor: Actor) -> QuerySet[SavedReport]:
    """The saved reports that the actor may know of."""
    return SavedReport.objects.filter(shared_with(actor))


def reports_open(actor: Actor) -> list[SavedReport]:
    """The saved reports about nouns that the actor may see."""
    found = reports_visible(actor).select_related("owner")
    return [one for one in found if may_see(str(one.definition.get("object", "")), actor)]


def may_see(name: str, actor: Actor) -> bool:
    """Whether the records of a noun may be seen at all."""
    noun = registry.by_slug(name) or registry.get(name)
    return noun is not None and actor.may(noun.permission("view"))


def ready_open(actor: Actor) -> list[Opened]:
    """The reports of the first day that the actor may read."""
    return [one for one in map(opened_ready, READY) if actor.may(one.noun.permission("view"))]


def opened_ready(key: str) -> Opened:
    """A report of the first day."""
    ready = READY[key]
    return Opened(key, str(ready.label), ready.chart, ready.day, ready.asked())


def opened_saved(saved: SavedReport) -> Opened:
    """A saved report."""
    return Opened(str(saved.pk), saved.name, saved.chart, saved.day, saved.definition, saved)


def report_open(key: str, *, actor: Actor) -> Opened:
    """The report of that key, or a refusal."""
    if key in READY:
        return opened_ready(key)
    pk = uuid_read(key)
    saved = reports_visible(actor).filter(pk=pk).first() if pk else None
    if saved is None:
        raise CrmError("not_found", _("There is no such report."), status=404)
    return opened_saved(saved)


def may_change(kept: Kept, actor: Actor) -> bool:
    """Whoever made it; of shared ones also whoever keeps them in order."""
    return may_change_shared(kept.owner_id, kept.sharing, actor, label_of(kept))


def label_of(kept: Kept) -> str:
    """What it is called in events and permissions."""
    return REPORT if isinstance(kept, SavedReport) else DASHBOARD


def report_own(id: UUID | str, actor: Actor) -> SavedReport:
    """A saved report that the actor may change."""
    saved = report_open(str(id), actor=actor).saved
    if saved is None or not may_change(saved, actor):
        raise CrmError("forbidden", _("Only whoever made this report may change it."), status=403)
    return saved


def report_save(values: Mapping[str, Any], *, actor: Actor, id: UUID | None = None) -> SavedReport:
    """Make or change a saved report; what could not be answered is refused by the words of the engine."""
    with transaction.atomic():
        saved = SavedReport(owner_id=owner_of(actor)) if id is None else report_own(id, actor)
        if owner_of(actor) is None:
            saved.sharing = Sharing.EVERYONE
        is_new = saved._state.adding
        for name, value in values.items():
            if name not in FIELDS:
                raise CrmError("unknown_field", _("There is no such name here."), field=name, allowed=sorted(FIELDS))
            setattr(saved, name, value)
        judge_name(saved, actor)
        if saved.chart not in SavedReport.Chart.values:
            raise CrmError("bad_value", _("There is no such chart."), field="chart", allowed=SavedReport.Chart.values)
        noun = report_read(saved.definition, actor=actor).resource
        if not isinstance(saved.day, str):
            raise CrmError("bad_value", _("Must be a text."), field="day")
        if saved.day:
            grouping_read(noun, {"field": saved.day, "by": "day"}, actor)
        saved.save()
        note(saved, "created" if is_new else "changed", actor)
    return saved


def judge_name(kept: Kept, actor: Actor) -> None:
    """A name, and a sharing that the actor may give."""
    name = kept.name
    if not isinstance(name, str) or not name.strip() or len(name) > LONGEST or "\x00" in name:
        message = _("Must be a text of 1 to %(n)s characters.") % {"n": LONGEST}
        raise CrmError("bad_value", message, status=422, field="name")
    if kept.sharing not in Sharing.values or (kept.owner_id is None and kept.sharing != Sharing.EVERYONE):
        raise CrmError("bad_value", _("This is not offered here."), field="sharing", allowed=list(Sharing.values))
    if kept.sharing != Sharing.PRIVATE:
        module, _dot, noun = label_of(kept).partition(".")
        permit(actor, f"{module}.add_{noun}")


def report_delete(id: UUID, *, actor: Actor) -> None:
    """Forget a saved report; it goes from every dashboard."""
    with transaction.atomic():
        saved = report_own(id, actor)
        note(saved, "deleted", actor)
        saved.delete()


def note(kept: Kept, verb: str, actor: Actor) -> None:
    """The fact, for the audit log."""
    label = label_of(kept)
    events_write([Fact(f"{label}.{verb}", label, kept.pk, None, {"name": kept.name, "sharing": kept.sharing})], actor)


def forget(found: dict[str, list[UUID]], words: list[str]) -> None:
    """Reports and dashboards that name an erased person."""
    named, titled = Q(pk__in=()), Q(pk__in=())
    for word in (*words, *(str(pk) for ids in found.values() for pk in ids)):
        named |= Q(name__icontains=word) | Q(definition__icontains=word)
        titled |= Q(name__icontains=word)
    DashboardPlace.objects.filter(report__in=SavedReport.objects.filter(named)).delete()
    SavedReport.objects.filter(named).delete()
    Dashboard.objects.filter(titled).delete()
