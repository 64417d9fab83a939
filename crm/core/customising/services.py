"""Fields that a tenant's people add to nouns: made, changed, retired, brought back; each change is a fact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.custom.columns import NEVER_SORTED, SEARCHABLE
from crm.core.custom.known import changed_here, stamp_raise
from crm.core.customising.judging import (
    CHOSEN,
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
from crm.core.customising.later import index_later, search_later
from crm.core.customising.noting import MANAGE, PURGE, differing, field_locked, keep_changed, tell, told
from crm.core.customising.values import kind_move, values_count, values_remove
from crm.core.errors import CrmError
from crm.core.models import CustomField
from crm.core.permissions import permit
from crm.core.registry import registry


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
    """Change what people see of a field, its choices, marks or kind; name and noun stay for good.

    Another kind is taken only if every stored value fits it.
    """
    permit(actor, MANAGE)
    with transaction.atomic():
        stamp, one = stamp_raise(), field_locked(id)
        before, was_searched, was_kind = told(one), is_searched(one), copy(one)
        found = changed_judge(one, changes)
        refuse_if_bad(found)
        for name, value in found.values.items():
            setattr(one, name, value)
        if one.kind != was_kind.kind:
            kind_move(was_kind, one, found)
            refuse_if_bad(found)
            index_gone(one)
        keep_changed(one, before, "changed", stamp, actor)
        if is_searched(one) is not was_searched:
            search_later(one)
    return one


def changed_judge(one: CustomField, changes: Mapping[str, Any]) -> Judgement:
    """Judge what shall be different."""
    found = Judgement()
    for name in LENGTHS.keys() & changes.keys():
        text_judge(found, name, changes[name], is_needed=name == "label")
    for name in (name for name in FLAGS if name in changes):
        flag_judge(found, name, changes[name])
    for name in changes.keys() - {*LENGTHS, *FLAGS, "choices", "currency", "target", "kind"}:
        found.refuse(name, "read_only", _("%(name)s cannot be changed.") % {"name": name})
    if "label" in found.values:
        label_free(found, one.object_type, one)
    kind_judge(found, changes.get("kind", one.kind))
    kind = found.values.get("kind", one.kind)
    marks = {name: getattr(one, name) for name in FLAGS} | found.values
    if kind != one.kind and "is_searchable" not in changes:
        marks["is_searchable"] = marks["is_searchable"] and kind in SEARCHABLE
    found.values |= {name: marks[name] for name in FLAGS}
    kept = {"target": one.target, "currency": one.currency} if kind == one.kind else {}
    kind_needs(found, kind, {"choices": None, **kept, **changes}, one.choices if kind in CHOSEN else ())
    if kind == one.kind == "link" and found.values.get("target") != one.target:
        found.refuse("target", "read_only", _("%(name)s cannot be changed.") % {"name": "target"})
    return found


def is_searched(one: CustomField) -> bool:
    """Whether records are found by its values."""
    return one.retired_at is None and one.is_searchable and not one.is_sensitive


def index_gone(one: CustomField) -> None:
    """Lists are not sorted by the field until its index is made anew, if it shall have one."""
    one.indexed_at = None
    one.is_indexed = one.is_indexed and one.kind not in NEVER_SORTED
    index_later(one)


def custom_field_retire(id: UUID, *, actor: Actor) -> CustomField:
    """Take a field out of use: it is nowhere to be seen, and records keep its values."""
    permit(actor, MANAGE)
    with transaction.atomic():
        stamp, one = stamp_raise(), field_locked(id)
        if one.retired_at is None:
            before, one.retired_at = told(one), timezone.now()
            settle(one)
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
            settle(one)
            keep_changed(one, before, "restored", stamp, actor)
    return one


def settle(one: CustomField) -> None:
    """A field that comes or goes takes its index and its words with it."""
    if one.is_indexed:
        index_gone(one)
    if one.is_searchable:
        search_later(one)


def custom_field_purge(id: UUID, *, values: int, actor: Actor) -> int:
    """Delete a retired field and all its values for good; the caller names how many values they know to go."""
    permit(actor, PURGE)
    with transaction.atomic():
        stamp, one = stamp_raise(), field_locked(id)
        if one.retired_at is None:
            raise CrmError("conflict", _("Only a retired field can be deleted for good."), status=409)
        count = values_count(one)
        if count != values:
            text = _("%(count)s records keep a value of this field; name that number to delete them.")
            raise CrmError("conflict", text % {"count": count}, status=409, field="values", allowed=[str(count)])
        values_remove(one)
        tell("purged", one, told(one), {"values": count}, actor)
        one.delete()
        changed_here(stamp)
    return count


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
