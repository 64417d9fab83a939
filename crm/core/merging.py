"""Several records become one, and can be taken apart again: values chosen field by field, and all that pointed at them.

The others are deleted softly; what pointed at them points at the one that stays, by columns, by links of the tenant's
own, by outside names and in child tables. Every row that was moved is kept in `Merge`, so that it can go back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.alike import rules_of
from crm.core.bulk import Fact, events_write
from crm.core.cleaning import json_value
from crm.core.deleting import delete_each, restore_each
from crm.core.drafts import Change
from crm.core.errors import CrmError
from crm.core.further import all_of
from crm.core.models import Distinct, Merge, Record
from crm.core.moving import places_of
from crm.core.permissions import not_yours, permit, unchangeable, visible, writable
from crm.core.plans import Plan, plan_of
from crm.core.registry import Resource, registry
from crm.core.services import records_save, refuse
from crm.core.specs import FieldSpec
from crm.core.takeback import records_put_back

EMPTY: tuple[Any, ...] = (None, "", [])
MOST_OTHERS, MOST_STEPS, LONGEST_TITLE = 20, 50, 300
BETWEEN = "between "  # what a merge remembers of such rows
MOST_COMPARED = 5  # side by side on a page
Take = Mapping[str, UUID]  # field → the record whose value stays


def permission(resource: Resource) -> str:
    """`customers.merge_customer`."""
    return resource.permission("merge")


def together(resource: Resource, ids: Sequence[UUID], actor: Actor, *, lock: bool = False) -> list[Record]:
    """The records that are to become one, in the order asked for; refused unless all are there and fit together."""
    rules_of(resource)
    permit(actor, permission(resource))
    wanted = list(dict.fromkeys(ids))
    if not 1 < len(wanted) <= MOST_OTHERS + 1:
        raise CrmError("invalid", _("Choose 2 to %(most)s records.") % {"most": MOST_OTHERS + 1}, status=422)
    rows = visible(resource.model, actor).filter(pk__in=wanted).defer("search").order_by("pk")
    found = {row.pk: row for row in (rows.select_for_update() if lock else rows)}
    if len(found) < len(wanted):
        raise CrmError("not_found", _("There is no such record."), status=404)
    if len({row.is_sample for row in found.values()}) > 1:
        raise CrmError("samples_apart", _("Sample data and real records do not mix."), status=422)
    plan_of(resource.model).unpack(found.values())
    return [found[pk] for pk in wanted]


def choice(resource: Resource, rows: Sequence[Record], take: Take, actor: Actor) -> dict[str, Any]:
    """What the first will hold where that differs: what was chosen, gaps filled from the others, lists joined."""
    plan, by_id = plan_of(resource.model), {row.pk: row for row in rows}
    own = {spec.name for spec in writable(resource, actor)}
    if unknown := [name for name in take if name not in own]:
        raise CrmError("unknown_field", _("There is no field %(name)s.") % {"name": unknown[0]}, allowed=sorted(own))
    if any(pk not in by_id for pk in take.values()):
        raise CrmError("not_found", _("There is no such record."), status=404)
    values: dict[str, Any] = {}
    for name, spec in ((one.name, one) for one in writable(resource, actor.authorised())):  # what a role hides, too
        held = [getattr(row, plan.fields[name].attname) for row in rows]
        value = getattr(by_id[take[name]], plan.fields[name].attname) if name in take else joined(spec, held)
        if spec.target == resource.label and value in by_id:  # no record points at itself
            value = next((one for one in held if one is not None and one not in by_id), None)
        if value != held[0]:
            values[name] = value
    return fitting(resource, rows[0], values, take) | others(resource, rows, values, take)


def fitting(resource: Resource, kept: Record, values: dict[str, Any], take: Take) -> dict[str, Any]:
    """Without what only filled a gap and does not go with the rest."""
    for fit in resource.fits:
        row = {name: values.get(name, getattr(kept, resource.column(name).attname)) for name in fit.fields}
        if fit.broken(row) and fit.field not in take:
            values.pop(fit.field, None)
    return values


def others(resource: Resource, rows: Sequence[Record], values: Mapping[str, Any], take: Take) -> dict[str, Any]:
    """What the first will hold beside its own telephone and e-mail: all that any of them had."""
    found = {}
    for name, beside in resource.further.items():
        first = values.get(name, getattr(rows[0], name))
        held = [one for row in rows for one in all_of(resource, name, vars(row))]
        rest = [one for one in dict.fromkeys(held) if one != first]
        if beside not in take and rest != getattr(rows[0], beside):
            found[beside] = rest
    return found


def joined(spec: FieldSpec, held: Sequence[Any]) -> Any:
    """The value of several records of which nobody chose one: the first that is not empty; of lists, all words."""
    if spec.kind == "choices":
        return list(dict.fromkeys(word for some in held for word in some or ()))
    return next((value for value in held if value not in EMPTY), held[0])


def records_merge(
    resource: Resource, ids: Sequence[UUID], *, actor: Actor, take: Take | None = None, version: int | None = None
) -> Merge:
    """Make one of these records: the first stays, the others go; `take` says whose value of a field counts."""
    with transaction.atomic():
        rows = together(resource, ids, actor, lock=True)
        if unchangeable(resource.model, [row.pk for row in rows], actor):
            raise not_yours()
        kept, gone = rows[0], rows[1:]
        if version not in (None, kept.version):
            raise CrmError("stale", _("Was changed by someone else in the meantime."), status=409, version=kept.version)
        values, freely = choice(resource, rows, take or {}, actor), actor.authorised()
        titles = [str(getattr(row, resource.title))[:LONGEST_TITLE] for row in gone]
        for refusal in delete_each(resource.model, {row.pk: row.version for row in gone}, actor=freely).values():
            raise refusal
        before = save_kept(resource, kept, values, freely)
        ended = ties_end(resource, [row.pk for row in rows], freely)
        targets = {row.pk: kept.pk for row in gone}
        moved = [one for place in places_of(resource) if (one := place.moved(targets, freely))] + ended
        circles_refuse(resource, kept.pk)
        made = Merge.objects.create(
            object_type=resource.label, kept_id=kept.pk, gone_ids=[row.pk for row in gone], titles=titles,
            before=json_value(before), after=json_value({name: values[name] for name in before if name in values}),
            moved=json_value(moved), actor_id=actor.id,
        )  # fmt: skip
        told = {"merge": str(made.pk), "records": [str(row.pk) for row in gone], "names": titles}
        events_write([Fact(f"{resource.label}.merged", resource.label, kept.pk, None, told)], actor)
    return made


def ties_end(resource: Resource, ids: Sequence[UUID], actor: Actor) -> list[dict[str, Any]]:
    """What stands between two who become one, such as a marriage, goes: nobody is married to themselves."""
    ended = []
    for tie in (one for one in registry if one.between and one.links[one.between[0]] == resource.label):
        rows = tie.model._default_manager.filter(deleted_at=None, **{f"{name}__in": ids for name in tie.between})
        gone = list(rows.order_by("pk").values_list("pk", flat=True))
        for refusal in delete_each(tie.model, dict.fromkeys(gone), actor=actor).values():
            raise refusal
        if gone:
            ended.append({"place": f"{BETWEEN}{tie.label}", "rows": gone})
    return ended


def ties_return(merge: Merge, actor: Actor) -> None:
    """What stood between them stands there again."""
    for one in merge.moved:
        label = str(one["place"]).removeprefix(BETWEEN)
        if label != one["place"] and (tie := registry.get(label)):
            for refusal in restore_each(tie.model, [UUID(pk) for pk in one["rows"]], actor=actor).values():
                if refusal.code != "not_found":  # removed for good meanwhile
                    raise refusal


def save_kept(resource: Resource, kept: Record, values: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """Give the record that stays its values by the one save; what it had where it differs now."""
    if not values:
        return {}
    outcome = records_save(resource.model, [Change(values, kept.pk)], actor=actor)
    refuse(plan_of(resource.model), outcome, values, actor)
    return outcome.before.get(0, {})


def circles_refuse(resource: Resource, id: UUID) -> None:
    """Refuse a record that would now stand above itself."""
    for name in (name for name, target in resource.links.items() if target == resource.label):
        if name in resource.shape.custom:
            continue
        above: UUID | None = id
        steps = 0
        while above is not None and steps < MOST_STEPS:
            above = resource.model._default_manager.filter(pk=above).values_list(f"{name}_id", flat=True).first()
            steps += 1
            if above == id:
                text = _("One of them stands above another by way of a third: change %(field)s first.")
                raise CrmError("circle", text % {"field": resource.specs[name].label}, status=422)


# Taking apart


def merge_undo(id: UUID, *, actor: Actor) -> Merge:
    """Take a merge back: values, links and the others as they were; what was changed since stays as it is now."""
    with transaction.atomic():
        merge = Merge.objects.select_for_update().filter(pk=id).first()
        resource = registry.get(merge.object_type) if merge else None
        if merge is None or resource is None:
            raise CrmError("not_found", _("There is no such merge."), status=404)
        permit(actor, permission(resource))
        if merge.undone_at is not None:
            raise CrmError("conflict", _("This merge was taken back already."), status=409)
        kept = visible(resource.model, actor).filter(pk=merge.kept_id).defer("search").select_for_update().first()
        if kept is None:
            later = Merge.objects.filter(gone_ids__contains=[merge.kept_id], undone_at=None).exists()
            text = _("Take the later merge back first.") if later else _("There is no such record.")
            raise CrmError("conflict" if later else "not_found", text, status=409 if later else 404)
        if unchangeable(resource.model, [kept.pk], actor):
            raise not_yours()
        freely = actor.authorised()
        give_back(resource, merge, kept, freely)
        refused = restore_each(resource.model, merge.gone_ids, actor=freely)
        for refusal in refused.values():
            raise refusal
        by_place = {place.name: place for place in places_of(resource)}
        for one in merge.moved:
            if place := by_place.get(one["place"]):
                place.move_back(one["rows"], merge.kept_id, freely)
        ties_return(merge, freely)
        merge.undone_at = timezone.now()
        merge.save(update_fields=["undone_at"])
        told = {"merge": str(merge.pk), "records": [str(pk) for pk in merge.gone_ids], "names": merge.titles}
        events_write([Fact(f"{resource.label}.unmerged", resource.label, merge.kept_id, None, told)], actor)
    return merge


def give_back(resource: Resource, merge: Merge, kept: Record, actor: Actor) -> None:
    """The values that the merge gave, and that nobody has changed since, become what they were."""
    plan: Plan = plan_of(resource.model)
    plan.unpack([kept])
    unchanged = {
        name: value
        for name, value in merge.before.items()
        if name not in merge.after or json_value(getattr(kept, plan.fields[name].attname)) == merge.after[name]
    }
    if unchanged:
        records_put_back(resource.model, {kept.pk: unchanged}, actor=actor)


def merges_of(resource: Resource, ids: Iterable[UUID]) -> list[Merge]:
    """The merges that these records came out of and that still hold, the newest first."""
    return list(Merge.objects.filter(object_type=resource.label, kept_id__in=list(ids), undone_at=None).order_by("-at"))


def successor(resource: Resource, id: UUID) -> UUID | None:
    """The record that one has become, however often it was merged since."""
    now, found = id, None
    for _step in range(MOST_STEPS):
        merge = Merge.objects.filter(object_type=resource.label, gone_ids__contains=[now], undone_at=None).first()
        if merge is None:
            break
        now = found = merge.kept_id
    return found


def absorbed(resource: Resource, id: UUID) -> list[UUID]:
    """The deleted records that a record was made of, merges of merges included."""
    found: list[UUID] = []
    waiting = [id]
    while waiting:
        merges = merges_of(resource, waiting)
        waiting = [pk for merge in merges for pk in merge.gone_ids if pk not in found]
        found += waiting
    return found


def pair_part(resource: Resource, one: UUID, other: UUID, *, actor: Actor) -> None:
    """Remember that two records are not the same, however alike they look."""
    first, second = sorted(row.pk for row in together(resource, [one, other], actor))
    Distinct.objects.get_or_create(
        first_id=first, second_id=second, defaults={"object_type": resource.label, "actor_id": actor.id}
    )


# A person's rights


def forget(found: Mapping[str, list[UUID]], words: Sequence[str]) -> None:
    """Of persons who are erased no merge keeps a value or a name; it cannot be taken back any more."""
    ids = [pk for some in found.values() for pk in some]
    merges = Merge.objects.filter(kept_id__in=ids) | Merge.objects.filter(gone_ids__overlap=ids)
    Merge.objects.filter(pk__in=list(merges.values_list("pk", flat=True))).update(
        before={}, after={}, moved=[], titles=[], undone_at=timezone.now()
    )
