"""The sample goes as it came, in one transaction: whatever real rows point at stays and counts as real from then on."""
from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from django.db import connection, models, transaction

from analytics.models import Run
from crm.core.actors import Actor
from crm.core.bulk import Fact, constraints_now, events_write
from crm.core.fields import uuid7
from crm.core.models import ExternalId, Record
from crm.core.permissions import permit
from crm.core.registry import registry
from crm.core.samples import sample_show
from crm.customers.models import Customer
from crm.exchange.samples.catalogue import PREFIX
from crm.exchange.samples.tables import parents, sample_condition, sample_models
from crm.team.models import User

PERMISSION = "exchange.remove_sample"
KEPT = (Record, User)  # what counts as real once something real points at it


class Kept(NamedTuple):
    """A sample record that stays, and one of those that hang on it."""

    label: str
    id: UUID
    holder_label: str
    holder_id: UUID


class Removal(NamedTuple):
    """What became of the sample: how many records of each noun went, and which stay."""

    removed: dict[str, int]
    kept: list[Kept]


def sample_present() -> bool:
    """Whether there is anything to remove; asks an index range, so that pages can ask on every request."""
    after = PREFIX[:-1] + chr(ord(PREFIX[-1]) + 1)
    numbered = Customer.objects.filter(number__gte=PREFIX, number__lt=after, deleted_at__isnull=True)
    return numbered.filter(is_sample=True).exists()


def sample_remove(*, actor: Actor) -> Removal:
    """Remove every sample row of every table, but what hangs on to something real. One Event tells of it."""
    permit(actor, PERMISSION)
    with transaction.atomic():
        kept = real_ones_keep()
        removed = {model._meta.label_lower: rows_remove(model) for model in reversed(sample_models())}
        Run.objects.filter(counts__real__customers=0).delete()
        nouns = {resource.label: removed[resource.label] for resource in registry if removed.get(resource.label)}
        if nouns:
            events_write([Fact("exchange.sample.removed", "exchange.sample", uuid7(), None, nouns)], actor)
        sample_show(is_shown=False)
        constraints_now()
    return Removal(nouns, kept)


@transaction.atomic
def sample_switch(*, is_shown: bool, actor: Actor) -> None:
    """Have everybody see the sample again, until the next record of the company's own, or stand it aside."""
    permit(actor, PERMISSION)
    sample_show(is_shown=is_shown)
    name = f"exchange.sample.{'shown' if is_shown else 'hidden'}"
    events_write([Fact(name, "exchange.sample", uuid7(), None, {})], actor)


def rows_remove(model: type[models.Model]) -> int:
    """The sample rows of one table."""
    if model is User:
        return people_remove()
    condition = sample_condition(model)
    if not condition:
        return 0
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if issubclass(model, Record):
            cursor.execute(
                f'DELETE FROM "{ExternalId._meta.db_table}" WHERE object_type = %s AND object_id IN '  # noqa: S608  our own names
                f'(SELECT id FROM "{table}" WHERE {condition})', [model._meta.label_lower])
        cursor.execute(f'DELETE FROM "{table}" WHERE {condition}')  # noqa: S608  our own names
        return int(cursor.rowcount)


def people_remove() -> int:
    """The sample's people, with what they were told and chose: that stands in tables which no sample fills."""
    return User.objects.filter(is_sample=True).delete()[1].get(User._meta.label, 0)


def real_ones_keep() -> list[Kept]:
    """What a person's own record points at becomes real, and in turn what that points at."""
    nouns, kept = [model for model in sample_models() if issubclass(model, KEPT)], list[Kept]()
    while found := [one for model in nouns for one in adopt(model)]:
        kept += found
    User.objects.filter(is_sample=False, team__is_sample=True).update(team=None)
    return kept


def adopt(model: type[models.Model]) -> list[Kept]:
    """Unmark the samples of a noun that real rows point at, by a link or as what they are about."""
    others = [other for other in sample_models() if issubclass(other, Record) or other in parents()]
    sources = [source for other in others for source in pointing(other, model)]
    if not sources:
        return []
    statement = (
        f'UPDATE "{model._meta.db_table}" kept SET is_sample = false FROM (SELECT DISTINCT ON (id) * FROM '  # noqa: S608
        f"({' UNION ALL '.join(sources)}) every ORDER BY id) held WHERE kept.is_sample AND kept.id = held.id "
        "RETURNING kept.id, held.label, held.holder"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [Kept(model._meta.label_lower, *row) for row in cursor.fetchall()]


def pointing(other: type[models.Model], model: type[models.Model]) -> Iterator[str]:
    """SQL for the ids of a noun that real rows of another table name, with whose rows these are."""
    fields = {field.name: field for field in other._meta.concrete_fields}
    link = fields[parents()[other]] if other in parents() else None
    holder = link.related_model if link is not None and isinstance(link.related_model, type) else other
    column = link.column if link is not None else "id"
    told = f"'{holder._meta.label_lower}' AS label, \"{column}\" AS holder"
    real = f'FROM "{other._meta.db_table}" WHERE NOT ({sample_condition(other)}) AND'
    for field in fields.values():
        if field.related_model is model:
            yield f'SELECT "{field.column}" AS id, {told} {real} "{field.column}" IS NOT NULL'
    if {"object_type", "object_id"} <= fields.keys():
        about = f"object_type = '{model._meta.label_lower}' AND object_id IS NOT NULL"
        yield f"SELECT object_id AS id, {told} {real} {about}"
