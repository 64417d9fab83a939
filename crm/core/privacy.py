"""What is known about one person: told whole, or erased. Walks the registry; what lies above core is told by hooks.

A noun that is about people says so by `subject = True`. Rows of other nouns that point at the person go with it: what
was written about them (notes, tasks) is removed, what they did (orders) stays without a name, so that totals stay
right. Rows of the same noun are other people and stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypedDict
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from crm.core.actors import SYSTEM, Actor
from crm.core.bulk import Fact, events_write
from crm.core.cleaning import json_value
from crm.core.errors import CrmError
from crm.core.further import addresses, all_of, mailed
from crm.core.merging import absorbed
from crm.core.models import Event, ExternalId, Record
from crm.core.permissions import permit, visible
from crm.core.pointing import pointers
from crm.core.reading import record_read
from crm.core.registry import Resource, registry

Found = dict[str, list[UUID]]  # by label
ERASED = "—"
OF_RECORD = frozenset({"id", "version", "created_at", "updated_at", "deleted_at", "is_sample", "owner"})
LEAST_WORD = 4  # shorter texts would take along what is somebody else's
MOST_REASON = 300


def person_find(resource: Resource, id: UUID, actor: Actor, *, lock: bool = False) -> Record:
    """The person, if the actor may see it."""
    rows = visible(resource.model, actor).filter(pk=id)
    found = (rows.select_for_update() if lock else rows).first()
    if actor.reach.see or actor.hidden_fields:  # what is known of a person lies in many records, seen and unseen
        raise CrmError("forbidden", _("Whoever does not see everything cannot do this."), status=403)
    if not resource.subject or found is None:
        raise CrmError("not_found", _("There is no such record."), status=404)
    return found


def kin(resource: Resource, id: UUID) -> Found:
    """A person, what was merged into it, and everything that points there, from noun to noun, deleted rows included."""
    found: Found = {resource.label: [id, *absorbed(resource, id)]}
    waiting = [resource.label]
    while waiting:
        label = waiting.pop()
        for pointer in pointers(label):
            other = pointer.holder.label
            if other == resource.label:
                continue
            new = {pk for pk, _at in pointer.pairs(found[label])}.difference(found.get(other, ()))
            if new:
                found.setdefault(other, []).extend(sorted(new))
                waiting.append(other)
    return found


def addresses_known(found: Found) -> set[str]:
    """The e-mail addresses of the people among these, in small letters."""
    known: set[str] = set()
    for resource in (registry[label] for label in found if registry[label].subject and registry[label].mailed):
        rows = resource.model._default_manager.filter(pk__in=found[resource.label]).values(*mailed(resource))
        known |= {one.lower() for row in rows for one in addresses(resource, row)}
    return known


def of_hooks(name: str) -> list[tuple[str, Callable[..., Any]]]:
    """The functions of higher layers, by the name of what they hold."""
    return [(part, import_string(path)) for part, path in getattr(settings, name).items()]


# Telling


class PersonKnown(TypedDict):
    """All that is kept about a person; what further modules keep stands beside it, under names of their own."""

    about: dict[str, Any]
    record: dict[str, Any]
    related: dict[str, list[dict[str, Any]]]
    names_in_other_systems: list[dict[str, Any]]
    history: list[dict[str, Any]]


def person_export(resource: Resource, id: UUID, *, actor: Actor) -> PersonKnown:
    """Everything that is kept about a person, as it would be handed to them."""
    permit(actor, resource.permission("disclose"))
    person = person_find(resource, id, actor)
    found = kin(resource, id)
    everyone = [pk for ids in found.values() for pk in ids]
    told: dict[str, Any] = {
        "about": {"object": resource.label, "id": id, "told_at": timezone.now()},
        "record": record_read(resource, id, actor=SYSTEM),
        "related": {label: records_of(label, ids) for label, ids in found.items() if label != resource.label},
        "names_in_other_systems": list(
            ExternalId.objects.filter(object_id__in=everyone).values("object_type", "object_id", "source", "value")
        ),
        "history": list(
            Event.objects.filter(object_id__in=everyone)
            .order_by("seq")
            .values("at", "name", "object_type", "object_id", "actor_kind", "via", "before", "after")
        ),
    }
    told |= {part: tell(found) for part, tell in of_hooks("PRIVACY_TELL")}
    events_write([Fact(f"{resource.label}.disclosed", resource.label, person.pk, None, None)], actor)
    answer: PersonKnown = json_value(told)
    return answer


def records_of(label: str, ids: Iterable[UUID]) -> list[dict[str, Any]]:
    """The rows of one noun, whole."""
    return [record_read(registry[label], pk, actor=SYSTEM, deleted=True) for pk in ids]


# Erasing


@transaction.atomic
def person_erase(resource: Resource, id: UUID, *, actor: Actor, reason: str) -> dict[str, int]:
    """Remove every value that speaks of a person; what remains is a row without a name, and sums."""
    permit(actor, resource.permission("erase"))
    if not 0 < len(reason.strip()) <= MOST_REASON:
        message = _("Say why, in 1 to %(max)s characters.") % {"max": MOST_REASON}
        raise CrmError(
            "invalid", message, status=422, errors=[{"pointer": "/reason", "code": "required", "message": message}]
        )
    person = person_find(resource, id, actor, lock=True)
    found, words = kin(resource, id), words_of(resource, person)
    everyone = [pk for ids in found.values() for pk in ids]
    for _part, forget in of_hooks("PRIVACY_FORGET"):
        forget(found, words)
    ExternalId.objects.filter(object_id__in=everyone).delete()
    Event.objects.filter(object_id__in=everyone).update(before=None, after=None)
    for label, ids in found.items():
        erase_rows(registry[label], ids, everyone, is_person=label == resource.label)
    counts = {label: len(ids) for label, ids in found.items()}
    fact = Fact(f"{resource.label}.erased", resource.label, id, None, {"reason": reason.strip(), "records": counts})
    events_write([fact], actor)
    return counts


def words_of(resource: Resource, person: Record) -> list[str]:
    """The texts by which the person is known: they are looked for where no id is kept, as in rows that were refused."""
    held = (one for name in (*resource.keys, resource.title) for one in all_of(resource, name, vars(person)))
    return sorted({one for one in held if len(one) >= LEAST_WORD})


def erase_rows(resource: Resource, ids: list[UUID], everyone: list[UUID], *, is_person: bool) -> None:
    """Empty the person's row, remove what was written about them, and take the words out of what they did."""
    rows = resource.model._default_manager.filter(pk__in=ids)
    if not is_person and "object_id" in resource.specs:
        about: dict[str, Any] = {"object_id__in": everyone}
        rows.filter(**about).delete()  # others only hold a link to them, in a field of the tenant's own
    fields = [field for field in resource.model._meta.concrete_fields if field.name not in OF_RECORD]
    gone = {field.name: emptied(field, resource) for field in fields if is_erased(resource, field, is_person)}
    if is_person and resource.objection:
        gone[resource.objection] = True
    rows.update(**gone, version=F("version") + 1, updated_at=Now())
    for part in resource.parts:
        texts = {
            field.name: ""
            for field in part.model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField) and not field.null and not field.choices
        }
        if texts:
            part.model._default_manager.filter(**{f"{part.parent}__in": ids}).update(**texts)


def is_erased(resource: Resource, field: Any, is_person: bool) -> bool:
    """Of a person: whatever is not named as anonymous. Of what they did: what is personal, long texts, lists, own."""
    if is_person:
        return field.name not in resource.anonymous and not (field.choices and not field.blank and not field.null)
    named = field.name in (*resource.personal, *resource.sensitive, "custom", "search", "name_key")
    return named or isinstance(field, models.TextField | models.JSONField)


def emptied(field: Any, resource: Resource) -> Any:
    """What stands where a value was."""
    if field.name == resource.title:
        return ERASED
    if field.null:
        return None
    return field.get_default() if field.has_default() or not field.empty_strings_allowed else ""


def file_name(resource: Resource, values: Mapping[str, Any]) -> str:
    """A name for the file that a person is handed."""
    return f"{resource.label.rpartition('.')[2]}-{values['about']['id']}.json"
