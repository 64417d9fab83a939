"""Deleting and bringing back, set-wise: each record is judged for itself, good ones are done in one go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.bulk import Fact, constraints_now, events_write, rows_update
from crm.core.drafts import Draft, Outcome
from crm.core.errors import CrmError
from crm.core.following import gather, gathered
from crm.core.models import Record
from crm.core.permissions import not_yours, permit, unchangeable, visible, within
from crm.core.plans import Plan, json_value, plan_of
from crm.core.registry import registry
from crm.core.uniqueness import check_unique

Refusals = dict[UUID, CrmError]


def not_there(message: str) -> CrmError:
    """The refusal of a record that is not there, or may not be seen."""
    return CrmError("not_found", message, status=404)


def delete_each(model: type[Record], wanted: Mapping[UUID, int | None], *, actor: Actor) -> Refusals:
    """Delete the records (id → the version that was read, or None) that can be; the others, and why not."""
    plan = plan_of(model)
    with transaction.atomic():
        permit(actor, registry.of(model).permission("delete"))
        rows = visible(model, actor).filter(pk__in=set(wanted)).defer("search").order_by("pk").select_for_update()
        found = {row.pk: row for row in rows}
        refused = {pk: not_there(_("There is no such record.")) for pk in wanted if pk not in found}
        refused |= dict.fromkeys(unchangeable(model, found, actor), not_yours())
        for pk, row in found.items():
            if wanted[pk] not in (None, row.version):
                text = _("Was changed by someone else in the meantime.")
                refused[pk] = CrmError("stale", text, status=409, version=row.version, fields={})
        kept = registry.of(model).needed(found.keys() - refused.keys())
        refused |= {pk: CrmError(problem.code, problem.message, status=409) for pk, problem in kept.items()}
        stamp(plan, [row for pk, row in found.items() if pk not in refused], "deleted", actor)
    return refused


def restore_each(model: type[Record], ids: Iterable[UUID], *, actor: Actor) -> Refusals:
    """Bring back the deleted records that can be; one whose unique value is taken by now is refused."""
    plan, resource, wanted = plan_of(model), registry.of(model), set(ids)
    with transaction.atomic():
        permit(actor, resource.permission("delete"))
        rows = list(
            within(model._default_manager.filter(pk__in=wanted, deleted_at__isnull=False), actor)
            .defer("search")
            .order_by("pk")
            .select_for_update()
        )
        refused = {
            pk: not_there(_("There is no deleted record of that id.")) for pk in wanted - {row.pk for row in rows}
        }
        refused |= dict.fromkeys(unchangeable(model, {row.pk for row in rows}, actor), not_yours())
        refused |= taken_meanwhile(plan, rows)
        stamp(plan, [row for row in rows if row.pk not in refused], "restored", actor)
    return refused


def taken_meanwhile(plan: Plan, rows: Sequence[Record]) -> Refusals:
    """The records whose unique values others have by now."""
    plan.unpack(rows)
    drafts = {}
    for at, row in enumerate(rows):
        was = {n: getattr(row, f.attname) for n, f in plan.fields.items()}
        drafts[at] = Draft(row, row.pk, {}, row=was, is_sample=True)  # what comes back makes nothing give way
    outcome = Outcome()
    check_unique(plan, drafts, outcome)
    text = _("Another record has taken the same %(field)s since.")
    return {
        rows[at].pk: CrmError("conflict", text % {"field": ", ".join(sorted(names))}, status=409)
        for at, names in outcome.errors.items()
    }


def stamp(plan: Plan, rows: Sequence[Record], verb: str, actor: Actor) -> None:
    """Set or clear the moment of deletion, and tell."""
    if not rows:
        return
    moment = timezone.now() if verb == "deleted" else None
    rows_update(plan.model, [(row.pk, {"deleted_at": moment}) for row in rows])
    title = plan.resource.title if plan.resource else "id"
    events_write(
        [
            Fact(f"{plan.label}.{verb}", plan.label, row.pk, {title: json_value(getattr(row, title))}, {})
            for row in rows
        ],
        actor,
    )
    gather(plan.resource, gathered(plan.resource, rows))
    constraints_now()


def records_delete(
    model: type[Record], ids: Iterable[UUID], *, actor: Actor, version: int | None = None, dry_run: bool = False
) -> int:
    """Delete records so that they can be brought back; a stale version is refused; what is not there is refused."""
    wanted = dict.fromkeys(ids, version)
    with transaction.atomic():
        for refusal in delete_each(model, wanted, actor=actor).values():
            raise refusal
        if dry_run:
            transaction.set_rollback(True)
    return len(wanted)


def records_restore(model: type[Record], ids: Iterable[UUID], *, actor: Actor) -> int:
    """Bring deleted records back, all that are there or none; how many."""
    wanted = set(ids)
    with transaction.atomic():
        refused = restore_each(model, wanted, actor=actor)
        for refusal in refused.values():
            if refusal.code != "not_found" or len(refused) == len(wanted):
                raise refusal
    return len(wanted) - len(refused)
