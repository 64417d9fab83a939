"""Rules of the trade: a function each; seen as an action, an endpoint, a permission and a fact."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.bulk import constraints_now, events_write, rows_update
from crm.core.cleaning import Refused, json_value
from crm.core.drafts import Draft
from crm.core.errors import CrmError
from crm.core.models import Record
from crm.core.permissions import permit, visible
from crm.core.plans import plan_of
from crm.core.registry import Input as Input
from crm.core.registry import Resource, Rule, registry
from crm.core.registry import Verb as Verb
from crm.core.services import changed, columns_of, search_of


class RunnableVerb(Verb):
    """A verb as services hold it: call it with the record and the actor."""

    def __call__(
        self, record: Record, *, actor: Actor, version: int | None = None, dry_run: bool = False, **inputs: Any
    ) -> UUID:
        """Run it on a record: authorised once, re-read under lock, judged, written, told."""
        resource = registry.of(type(record))
        return verb_run(resource, self.name, record.pk, actor=actor, inputs=inputs, version=version, dry_run=dry_run)


def verb(
    *,
    label: str | Promise,
    description: str | Promise,
    icon: str = "check",
    danger: bool = False,
    inputs: Mapping[str, Input] | None = None,
    when: Callable[[Mapping[str, Any]], bool] = lambda row: True,
) -> Callable[[Rule], RunnableVerb]:
    """Make a rule `<noun>_<verb>(record, *, actor, **inputs) -> values that change` a Verb."""

    def made(rule: Rule) -> RunnableVerb:
        return RunnableVerb(
            rule.__name__.partition("_")[2], label, description, rule, icon, danger, dict(inputs or {}), when
        )

    return made


def inputs_clean(found: Verb, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The verb's inputs as their types; every problem is named at once."""
    problems = [
        {"pointer": f"/{name}", "code": "unknown_field", "message": _("There is no field %(name)s.") % {"name": name}}
        for name in inputs.keys() - found.inputs.keys()
    ]
    values = {}
    for name, one in found.inputs.items():
        try:
            values[name] = one.clean(inputs.get(name))
        except Refused as refused:
            problems.append(
                {"pointer": f"/{name}", "code": refused.problem.code, "message": str(refused.problem.message)}
            )
    if problems:
        raise CrmError("invalid", _("Some values are not right."), status=422, errors=problems)
    return values


def verb_run(
    resource: Resource,
    name: str,
    id: UUID,
    *,
    actor: Actor,
    inputs: Mapping[str, Any],
    version: int | None = None,
    dry_run: bool = False,
) -> UUID:
    """Run a noun's verb on one record, whoever asks."""
    found = resource.verb_names.get(name)
    if found is None:
        raise CrmError("not_found", _("There is no such action."), status=404)
    with transaction.atomic():
        permit(actor, found.permission(resource))
        values = inputs_clean(found, inputs)
        record = visible(resource.model, actor).filter(pk=id).defer("search").select_for_update().first()
        if record is None:
            raise CrmError("not_found", _("There is no such record."), status=404)
        plan_of(resource.model).unpack([record])
        if version not in (None, record.version):
            raise CrmError(
                "stale",
                _("Was changed by someone else in the meantime."),
                status=409,
                version=record.version,
                fields={},
            )
        apply(resource, found, record, found.rule(record, actor=actor, **values), actor)
        if dry_run:
            transaction.set_rollback(True)
    return record.pk


def apply(resource: Resource, found: Verb, record: Record, values: Mapping[str, Any], actor: Actor) -> None:
    """Write what the rule decided, with what follows from it, and the fact under the verb's name."""
    plan = plan_of(resource.model)
    now = {n: getattr(record, f.attname) for n, f in plan.fields.items()}
    row = {**now, **values}
    row |= plan.derived(row)
    differing = {n: v for n, v in row.items() if n in now and now[n] != v}
    draft = Draft(record, record.pk, dict(differing), row=row)
    extra = {"search": search_of(plan, row)} if differing.keys() & set(plan.search_fields) else {}
    rows_update(plan.model, [(record.pk, columns_of(plan, draft) | extra)] if differing else [])
    fact = changed(plan, draft, found.name)
    events_write([fact], actor)
    constraints_now()


def json_inputs(found: Verb) -> dict[str, Any]:
    """The inputs as programs are told of them."""
    return {
        name: {"kind": one.spec.kind, "required": one.spec.required, "label": json_value(str(one.spec.label))}
        for name, one in found.inputs.items()
    }
