"""An object belongs to the schema it was read from or written to; elsewhere it can be neither saved nor followed."""
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db import models
from django.db.models.base import ModelState
from django.db.models.signals import pre_delete, pre_save

from tenants.standing import schema_here

CATALOGUE = "tenants"


class WrongTenant(RuntimeError):
    """An object of one tenant was used inside another."""


class Stamp:
    """`instance._state.db`, which Django sets on each read and write; remembers in which schema that was."""

    def __get__(self, state: ModelState | None, owner: type[ModelState]) -> str | None:
        return None if state is None else state.__dict__.get("alias")

    def __set__(self, state: ModelState, alias: str | None) -> None:
        state.__dict__["alias"] = alias
        if alias is not None:
            state.__dict__["schema"] = schema_here()


def schema_of(instance: models.Model) -> str | None:
    """Where an object came from; None for a new one and for the catalogue's."""
    if instance._meta.app_label == CATALOGUE:
        return None
    return instance._state.__dict__.get("schema")


def refuse_stranger(*, instance: models.Model, **_: Any) -> None:
    """Raise if an object is used outside the schema it came from."""
    schema = schema_of(instance)
    if schema is not None and schema != (here := schema_here()):
        raise WrongTenant(f"A {instance._meta.label} of {schema} is used inside {here}.")


class SchemaRouter:
    """Django asks its routers before each write, refresh and walk along a relation: the place to refuse."""

    def db_for_read(self, model: type[models.Model], instance: models.Model | None = None, **_: Any) -> None:
        """Refuse to act on an object of another schema; otherwise have no opinion."""
        if instance is not None:
            refuse_stranger(instance=instance)

    db_for_write = db_for_read

    def allow_relation(self, one: models.Model, two: models.Model, **_: Any) -> bool | None:
        """Objects of two schemas are never linked."""
        pair = {schema_of(one), schema_of(two)}
        return False if None not in pair and len(pair) == 2 else None


def guarded(rows: Iterator[Any]) -> Iterator[Any]:
    """The rows of a query read piece by piece, as long as the connection stands where it stood at the first."""
    born = schema_here()
    while True:
        if born != (here := schema_here()):
            raise WrongTenant(f"An iterator over {born} is read inside {here}.")
        try:
            row = next(rows)
        except StopIteration:
            return
        yield row


def guarding(iterator: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    """Wrap `QuerySet.iterator`."""
    def guarded_iterator(self: models.QuerySet[Any], *args: Any, **kwargs: Any) -> Iterator[Any]:
        return guarded(iterator(self, *args, **kwargs))
    return guarded_iterator


def checking(bulk_update: Callable[..., int]) -> Callable[..., int]:
    """Wrap `QuerySet.bulk_update`, the one write of whole objects that asks no router about them."""
    def checked_bulk_update(self: models.QuerySet[Any], objs: Iterable[models.Model], *args: Any, **kwargs: Any) -> int:
        objects = list(objs)
        for instance in objects:
            refuse_stranger(instance=instance)
        return bulk_update(self, objects, *args, **kwargs)
    return checked_bulk_update


def install() -> None:
    """For every model, third parties' too: a mixin would miss the one that matters."""
    if isinstance(ModelState.__dict__.get("db"), Stamp):
        return
    for owner, name, value in (
        (ModelState, "db", Stamp()),
        (models.QuerySet, "iterator", guarding(models.QuerySet.iterator)),
        (models.QuerySet, "bulk_update", checking(models.QuerySet.bulk_update)),
    ):
        setattr(owner, name, value)
    pre_save.connect(refuse_stranger, dispatch_uid="tenants.ownership.save")
    pre_delete.connect(refuse_stranger, dispatch_uid="tenants.ownership.delete")
