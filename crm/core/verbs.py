"""Rules of the trade: a function each; seen as an action, an endpoint, a permission and a fact."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.bulk import constraints_now, events_write, rows_update
from crm.core.cleaning import Refused, cleaner, json_value
from crm.core.drafts import Draft, given_amounts, now_of
from crm.core.errors import CrmError, Problem, Unfit
from crm.core.following import gather, gathered
from crm.core.links import seen
from crm.core.models import Record
from crm.core.money import too_fine
from crm.core.permissions import is_fixed, not_yours, permit, unchangeable, visible
from crm.core.plans import plan_of
from crm.core.registry import Input as Input
from crm.core.registry import Resource, Row, Rule, registry
from crm.core.registry import Verb as Verb
from crm.core.services import changed, columns_of, problem_of, search_of
from crm.core.specs import spec_of


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
    aside: bool = False,
    makes: tuple[str, str] | None = None,
    begin: Callable[[Any, Actor], Mapping[str, Any]] = lambda record, actor: {},
) -> Callable[[Rule], RunnableVerb]:
    """Make a rule `<noun>_<verb>(record, *, actor, **inputs) -> values that change` a Verb."""

    def made(rule: Rule) -> RunnableVerb:
        name = rule.__name__.partition("_")[2]
        named = {key: replace(one, spec=replace(one.spec, name=key)) for key, one in (inputs or {}).items()}
        return RunnableVerb(name, label, description, rule, icon, danger, named, when, aside, makes, begin)

    return made


def asked(model: type[models.Model], name: str, *, label: str | Promise = "", is_required: bool | None = None) -> Input:
    """An input that is judged like a column of a noun."""
    return asked_as(model._meta.get_field(name), label=label, is_required=is_required)


def asked_new(name: str, field: models.Field[Any, Any]) -> Input:
    """An input that is no column of any noun: judged like the column that `field` would be."""
    field.set_attributes_from_name(name)
    return asked_as(field)


def asked_secret(name: str, field: models.Field[Any, Any]) -> Input:
    """The same of a password, which is not shown while it is written."""
    found = asked_new(name, field)
    return replace(found, spec=replace(found.spec, is_secret=True))


def asked_as(field: Any, *, label: str | Promise = "", is_required: bool | None = None) -> Input:
    """The input of a column, by its own label and need or by others."""
    spec, convert = spec_of(field), cleaner(field)
    needed = spec.required if is_required is None else is_required

    def clean(value: Any) -> Any:
        if value in (None, "") and needed:
            raise Refused("required", _("Must not be empty."))
        if value in (None, "") and is_required is False:
            return "" if isinstance(field, models.CharField | models.TextField) and not field.null else None
        return convert(value)

    initial = field.get_default() if isinstance(field, models.BooleanField) else None
    return Input(replace(spec, label=label or spec.label, required=needed), clean, initial, column_of(field))


def column_of(field: Any) -> str:
    """Which field of which noun an input is, so that roles from whom it is kept are known; else nothing."""
    model = getattr(field, "model", None)
    return f"{model._meta.label_lower}.{field.name}" if model is not None else ""


def inputs_permit(found: Verb, inputs: Mapping[str, Any], actor: Actor) -> None:
    """Refuse a value for a field that is hidden from the actor, or fixed."""
    kept = {*actor.hidden_fields, *actor.fixed_fields}
    if kept and any(one.column in kept for name, one in found.inputs.items() if inputs.get(name) not in (None, "")):
        raise not_to_write()


def not_to_write() -> CrmError:
    """The refusal of an action by somebody for whom a field that it writes is fixed."""
    return CrmError("forbidden", _("This action writes a field that you may not change."), status=403)


def links_check(found: Verb, values: Mapping[str, Any], actor: Actor) -> None:
    """Every record that an input points at exists and may be seen."""
    targets = {name: one.spec.target for name, one in found.inputs.items() if one.spec.target and values[name]}
    problems = [
        {"pointer": f"/{name}", "code": "not_found", "message": _("Points at a record that does not exist.")}
        for name, target in targets.items()
        if not seen(apps.get_model(target or ""), {values[name]}, actor)
    ]
    if problems:
        raise CrmError("invalid", _("Some values are not right."), status=422, errors=problems)


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
        inputs_permit(found, inputs, actor)
        values = inputs_clean(found, inputs)
        links_check(found, values, actor)
        record = visible(resource.model, actor).filter(pk=id).defer("search").select_for_update().first()
        if record is None:
            raise CrmError("not_found", _("There is no such record."), status=404)
        is_free = name == resource.pool and record.owner_id is None  # to take what is nobody's nobody need own it
        if not is_free and unchangeable(resource.model, [record.pk], actor):
            raise not_yours()
        plan_of(resource.model).unpack([record])
        if version not in (None, record.version):
            raise CrmError(
                "stale",
                _("Was changed by someone else in the meantime."),
                status=409,
                version=record.version,
                fields={},
            )
        actor = replace(actor, on_sample=record.is_sample)
        apply(resource, found, record, found.rule(record, actor=actor, **values), actor)
        if dry_run:
            transaction.set_rollback(True)
    return record.pk


def apply(resource: Resource, found: Verb, record: Record, values: Mapping[str, Any], actor: Actor) -> None:
    """Write what the rule decided, with what follows from it, and the fact under the verb's name."""
    plan = plan_of(resource.model)
    now = now_of(plan, record)
    if any(is_fixed(resource, name, actor) and now.get(name) != value for name, value in values.items()):
        raise not_to_write()
    row = {**now, **values}
    followed(resource, row, now | {"id": record.pk})
    try:
        row |= plan.derived(row)
    except Unfit as unfit:
        raise invalid((unfit.field, unfit.problem)) from unfit
    whole = ({0: row | {"id": record.pk}}, {0: now | {"id": record.pk}})
    differing = {n: v for n, v in row.items() if n in now and now[n] != v}
    refusals = [(name, problem) for _at, name, problem in resource.forbid(*whole, actor)]
    if refusals := [*refusals, *too_fine(row, given_amounts(plan, differing))]:
        raise invalid(*refusals)
    draft = Draft(record, record.pk, dict(differing), row=row)
    extra = {"search": search_of(plan, row)} if differing.keys() & set(plan.search_fields) else {}
    rows_update(plan.model, [(record.pk, columns_of(plan, draft) | extra)] if differing else [])
    fact = changed(plan, draft, found.name)
    events_write([fact], actor)
    gather(resource, gathered(resource, [record]) if differing else ())
    constraints_now()


def followed(resource: Resource, row: Row, now: Row) -> None:
    """Fill in what follows from other tables; refuse what they forbid."""
    if refusals := [(name, problem) for _at, name, problem in resource.follow({0: row}, {0: now})]:
        raise invalid(*refusals)


def invalid(*refusals: tuple[str, Problem]) -> CrmError:
    """The refusal of what a rule's values lead to."""
    problems = [problem_of(name, problem) for name, problem in refusals]
    return CrmError("invalid", _("Some values are not right."), status=422, errors=problems)


def json_inputs(found: Verb) -> dict[str, Any]:
    """The inputs as programs are told of them."""
    return {
        name: {"kind": one.spec.kind, "required": one.spec.required, "label": json_value(str(one.spec.label))}
        for name, one in found.inputs.items()
    }
