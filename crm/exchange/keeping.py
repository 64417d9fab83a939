"""Mappings that people keep under a name, and that are proposed when a file with the same header comes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.core.registry import registry
from crm.exchange.analysis import Choices
from crm.exchange.models import ImportJob, ImportTemplate
from crm.exchange.reading.layout import header_key

MOST_NAME = 80


def fingerprint_of(header: Sequence[str]) -> str:
    """What two files of the same columns have in common, in whatever order these stand."""
    return hashlib.sha256("\n".join(sorted(map(header_key, header))).encode()).hexdigest()[:32]


def templates_kept(actor: Actor, label: str = "") -> QuerySet[ImportTemplate]:
    """The kept mappings of the nouns that the actor may import."""
    labels = [one.label for one in registry if label in ("", one.label) and actor.may(one.permission("add"))]
    return ImportTemplate.objects.filter(label__in=labels)


def template_keep(job: ImportJob, header: Sequence[str], name: str, *, actor: Actor) -> ImportTemplate:
    """Keep a job's choices under a name; a name that is known for the noun gets the new ones."""
    permit(actor, registry[job.label].permission("add"))
    kept, _created = ImportTemplate.objects.update_or_create(
        label=job.label,
        name=named(name),
        defaults={"header": list(header), "fingerprint": fingerprint_of(header), "choices": job.choices},
    )
    return kept


def named(name: str) -> str:
    """A name as it is kept."""
    name = " ".join(name.replace("\x00", "").split())
    if not name or len(name) > MOST_NAME:
        limit = {"limit": MOST_NAME}
        raise CrmError("bad_value", _("Give it a name of at most %(limit)s characters.") % limit, status=422)
    return name


def template_one(pk: UUID, actor: Actor) -> ImportTemplate:
    """One kept mapping, or CrmError("not_found")."""
    found = templates_kept(actor).filter(pk=pk).first()
    if found is None:
        raise CrmError("not_found", _("There is no such template."), status=404)
    return found


def template_rename(pk: UUID, name: str, *, actor: Actor) -> ImportTemplate:
    """Another name; one that is taken is refused."""
    found, name = template_one(pk, actor), named(name)
    if ImportTemplate.objects.filter(label=found.label, name=name).exclude(pk=pk).exists():
        raise CrmError("conflict", _("There is a template of this name already."), status=409)
    found.name = name
    found.save(update_fields=["name"])
    return found


def template_forget(pk: UUID, *, actor: Actor) -> None:
    """Do not propose it again."""
    template_one(pk, actor).delete()


def template_for(label: str, header: Sequence[str]) -> ImportTemplate | None:
    """The mapping that was last kept for files of these columns."""
    found = ImportTemplate.objects.filter(label=label, fingerprint=fingerprint_of(header))
    return found.order_by("-changed_at").first()


def choices_kept(kept: ImportTemplate, header: Sequence[str]) -> Choices:
    """Its choices for a file whose columns may stand in another order."""
    places = {header_key(name): at for at, name in enumerate(header)}
    moved = {at: places[header_key(name)] for at, name in enumerate(kept.header) if header_key(name) in places}
    choices = Choices.from_json(kept.choices)
    choices.targets = {moved[at]: path for at, path in choices.targets.items() if at in moved}
    choices.answers = {moved[at]: answer for at, answer in choices.answers.items() if at in moved}
    choices.values = {moved[at]: values for at, values in choices.values.items() if at in moved}
    choices.links = {moved[at]: how for at, how in choices.links.items() if at in moved}
    return choices
