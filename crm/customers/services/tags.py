"""Tags: one list of words, renamed and merged everywhere at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.core.actors import SYSTEM, Actor
from crm.core.drafts import Change
from crm.core.errors import CrmError
from crm.core.services import records_delete, records_save
from crm.core.verbs import asked, asked_as, verb
from crm.customers.models import Customer, Tag

CUSTOMER = Customer._meta.label_lower
BATCH = 1000
TONES, MOST_TONES = "customers-tag-tones", 1000


@verb(
    label=gettext_lazy("Rename everywhere"),
    description=gettext_lazy("Give the tag another name, on every customer that has it."),
    icon="cursor-text",
    inputs={"name": asked(Tag, "name")},
)
def tag_rename(tag: Tag, *, actor: Actor, name: str) -> dict[str, Any]:
    """Rename a tag, here and wherever it stands."""
    if Tag.objects.filter(name=name, deleted_at__isnull=True).exclude(pk=tag.pk).exists():
        text = _("There is a tag %(name)s already: merge the two instead.") % {"name": name}
        raise CrmError("not_unique", text, status=409)
    tag_replace(tag.name, name, actor)
    return {"name": name}


@verb(
    label=gettext_lazy("Merge into another"),
    description=gettext_lazy("Every customer that has this tag gets the other one; this one is deleted."),
    icon="git-merge",
    danger=True,
    inputs={"into": asked_as(Tag._meta.get_field("name"), label=gettext_lazy("Name of the other tag"))},
)
def tag_merge(tag: Tag, *, actor: Actor, into: str) -> dict[str, Any]:
    """Replace a tag by another one, and delete it."""
    other = Tag.objects.filter(name=into, deleted_at__isnull=True).exclude(pk=tag.pk).first()
    if other is None:
        raise CrmError("not_found", _("There is no other tag of the name %(name)s.") % {"name": into}, status=409)
    tag_replace(tag.name, other.name, actor)
    records_delete(Tag, [tag.pk], actor=actor.authorised())
    return {}


def tag_replace(old: str, new: str, actor: Actor) -> int:
    """Write the new word wherever the old one stands, as changes that history tells of; how many customers had it."""
    count = 0
    marked = Customer.objects.filter(tags__contains=[old], deleted_at__isnull=True).order_by("pk")
    while rows := list(marked[:BATCH].values_list("pk", "tags")):
        changes = [Change({"tags": replaced(tags, old, new)}, pk) for pk, tags in rows]
        records_save(Customer, changes, actor=actor.authorised())
        count += len(rows)
    return count


def replaced(tags: Iterable[str], old: str, new: str) -> list[str]:
    """The tags with one word for another, none of them twice."""
    return list(dict.fromkeys(new if one == old else one for one in tags))


def tag_tones() -> dict[str, str]:
    """The colour that each tag was given; remembered for a minute, or until a tag is changed."""
    known: dict[str, str] | None = cache.get(TONES)
    if known is None:
        rows = Tag.objects.filter(deleted_at=None).exclude(colour__in=("", Tag.Colour.GREY))
        known = dict(rows.values_list("name", "colour")[:MOST_TONES])
        cache.set(TONES, known, 60)
    return known


def tones_forget() -> None:
    """Ask again for the colours, once what is written now is there."""
    transaction.on_commit(lambda: cache.delete(TONES))


def tags_hear(events: Sequence[Mapping[str, Any]]) -> None:
    """List the tags that are used and not listed yet."""
    used = {
        word
        for event in events
        if event["object_type"] == CUSTOMER
        for word in ((event["after"] or {}).get("tags") or ())
        if isinstance(word, str)
    }
    missing = used - set(Tag.objects.filter(name__in=used, deleted_at__isnull=True).values_list("name", flat=True))
    if missing:
        records_save(Tag, [Change({"name": word}) for word in sorted(missing)], actor=SYSTEM, keep_good=True)
