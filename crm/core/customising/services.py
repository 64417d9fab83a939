"""Fields that a tenant's people add to nouns: made, changed, retired, brought back; each change is a fact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.bulk import Fact, events_write
from crm.core.custom.known import changed_here, stamp_raise
from crm.core.customising.judging import (
    FLAGS,
    FOUND_AT_ONCE,
    LENGTHS,
    MOST_FIELDS,
    Judgement,
    flag_judge,
    kind_judge,
    kind_needs,
    name_judge,
    text_judge,
)
from crm.core.errors import CrmError
from crm.core.models import CustomField
from crm.core.permissions import permit
from crm.core.registry import registry

MANAGE, PURGE = "core.manage_customfield", "core.purge_customfield"
LABEL = "core.customfield"
TOLD = ("object_type", "name", "label", "kind", "choices", "target", "currency", "help", "position", *FLAGS)


class Declaration(TypedDict, total=False):
    """What may be said of a new field beside its label and kind; `is_searchable` follows from the kind if not said."""

    name: str
    choices: Sequence[Any]
    required: bool
    target: str
    currency: str
    help: str
    is_personal: bool
    is_sensitive: bool
    is_searchable: bool


def custom_field_create(
    label: str, *, actor: Actor, label_text: str, kind: str, **more: Unpack[Declaration]
) -> CustomField:
    """Add a field to the noun of that label; all problems at once."""
    permit(actor, MANAGE)
    if label not in registry:
        raise CrmError("not_found", _("There is no noun of that name."), status=404)
    given: dict[str, Any] = {"label": label_text, "kind": kind, "name": "", "choices": (), "target": "", "help": ""}
    given |= {"currency": "", "is_personal": False, "is_sensitive": False, **more}
    given["is_required"] = given.pop("required", False)
    given.setdefault("is_searchable", kind in FOUND_AT_ONCE and not given["is_sensitive"])
    with transaction.atomic():
        stamp = stamp_raise()
        room_check(label)
        found = declared(label, given)
        refuse_if_bad(found)
        last = CustomField.objects.filter(object_type=label).aggregate(last=Max("position"))["last"] or 0
        made = CustomField.objects.create(object_type=label, position=last + 1, **found.values)
        tell("created", made, None, told(made), actor)
        changed_here(stamp)
    return made


def declared(label: str, given: Mapping[str, Any]) -> Judgement:
    """Judge the whole declaration of a new field."""
    found = Judgement()
    text_judge(found, "label", given["label"], is_needed=True)
    text_judge(found, "help", given["help"], is_needed=False)
    kind_judge(found, given["kind"])
    for name in FLAGS:
        flag_judge(found, name, given[name])
    taken = set(CustomField.objects.filter(object_type=label).values_list("name", flat=True))
    name_judge(found, given["name"], found.values.get("label", ""), taken)
    label_free(found, label, None)
    if "kind" in found.values:
        kind_needs(found, given["kind"], given, ())
    return found


def custom_field_change(id: UUID, changes: Mapping[str, Any], *, actor: Actor) -> CustomField:
    """Change what people see of a field, its choices and its marks; name, noun and target stay for good."""
    permit(actor, MANAGE)
    with transaction.atomic():
        stamp, one = stamp_raise(), field_locked(id)
        before, found = told(one), Judgement()
        for name in LENGTHS.keys() & changes.keys():
            text_judge(found, name, changes[name], is_needed=name == "label")
        for name in (name for name in FLAGS if name in changes):
            flag_judge(found, name, changes[name])
        for name in changes.keys() - {*LENGTHS, *FLAGS, "choices", "currency"}:
            found.refuse(name, "read_only", _("%(name)s cannot be changed.") % {"name": name})
        if "label" in found.values:
            label_free(found, one.object_type, one)
        marks = {name: getattr(one, name) for name in FLAGS} | found.values
        found.values |= {name: marks[name] for name in FLAGS}
        given = {"choices": None, "target": one.target, "currency": one.currency} | dict(changes)
        kind_needs(found, one.kind, given, one.choices)
        refuse_if_bad(found)
        for name, value in found.values.items():
            setattr(one, name, value)
        keep_changed(one, before, "changed", stamp, actor)
    return one


def custom_field_retire(id: UUID, *, actor: Actor) -> CustomField:
    """Take a field out of use: it is nowhere to be seen, and records keep its values."""
    permit(actor, MANAGE)
    with transaction.atomic():
        stamp, one = stamp_raise(), field_locked(id)
        if one.retired_at is None:
            before, one.retired_at = told(one), timezone.now()
            keep_changed(one, before, "retired", stamp, actor)
    return one


def custom_field_restore(id: UUID, *, actor: Actor) -> CustomField:
    """Bring a retired field back, with the values that it had."""
    permit(actor, MANAGE)
    with transaction.atomic():
        stamp, one = stamp_raise(), field_locked(id)
        if one.retired_at is not None:
            room_check(one.object_type)
            found = Judgement({"label": one.label})
            label_free(found, one.object_type, one)
            refuse_if_bad(found, status=409)
            before, one.retired_at = told(one), None
            keep_changed(one, before, "restored", stamp, actor)
    return one


def custom_fields_order(label: str, ids: Sequence[UUID], *, actor: Actor) -> None:
    """Put a noun's fields in this order; those that are not named follow in theirs."""
    permit(actor, MANAGE)
    with transaction.atomic():
        stamp = stamp_raise()
        rows = list(CustomField.objects.filter(object_type=label).order_by("position", "name"))
        place = {pk: at for at, pk in enumerate(ids)}
        if missing := place.keys() - {row.pk for row in rows}:
            raise CrmError("not_found", _("There is no such field."), status=404, field=str(min(missing)))
        for at, row in enumerate(sorted(rows, key=lambda row: place.get(row.pk, len(place))), start=1):
            if row.position != at:
                before, row.position = told(row), at
                row.save(update_fields=["position"])
                tell("changed", row, *differing(before, told(row)), actor)
        changed_here(stamp)


def field_locked(id: UUID) -> CustomField:
    """The field of that id."""
    found = CustomField.objects.filter(pk=id).select_for_update().first()
    if found is None:
        raise CrmError("not_found", _("There is no such field."), status=404)
    return found


def room_check(label: str) -> None:
    """A noun has so many fields in use and no more."""
    if CustomField.objects.filter(object_type=label, retired_at=None).count() >= MOST_FIELDS:
        text = _("A noun can have %(limit)s fields of your own; retire one first.") % {"limit": MOST_FIELDS}
        raise CrmError("limit", text, status=409, max=MOST_FIELDS)


def label_free(found: Judgement, object_type: str, own: CustomField | None) -> None:
    """No two fields in use look the same to people."""
    label = found.values.get("label", "")
    others = CustomField.objects.filter(object_type=object_type, retired_at=None, label__iexact=label)
    if label and (others.exclude(pk=own.pk) if own else others).exists():
        found.refuse("label", "not_unique", _("Another field of this noun has this label."))


def refuse_if_bad(found: Judgement, *, status: int = 422) -> None:
    """Raise what is wrong."""
    if found.problems:
        raise CrmError("invalid", _("Some values are not right."), status=status, errors=found.problems)


def told(one: CustomField) -> dict[str, Any]:
    """What history says of a field."""
    return {name: value for name in TOLD if (value := getattr(one, name)) not in ("", [], False, None)}


def differing(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs, as it was and as it is."""
    names = [name for name in TOLD if before.get(name) != after.get(name)]
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}


def keep_changed(one: CustomField, before: dict[str, Any], verb: str, stamp: int, actor: Actor) -> None:
    """Write a changed field, tell of it and let this transaction see it; what does not differ is not written."""
    was, now = differing(before, told(one))
    if verb == "changed" and not now:
        return
    one.save()
    if verb != "changed":
        was, now = {"name": one.name, "label": one.label}, {"name": one.name, "label": one.label}
    tell(verb, one, was, now, actor)
    changed_here(stamp)


def tell(
    verb: str, one: CustomField, before: dict[str, Any] | None, after: dict[str, Any] | None, actor: Actor
) -> None:
    """Write the fact."""
    events_write([Fact(f"{LABEL}.{verb}", LABEL, one.pk, before, after)], actor)
