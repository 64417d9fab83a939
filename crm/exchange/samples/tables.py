"""Which tables hold samples, found from the models: a noun added later is copied and removed without a word here."""
from __future__ import annotations

from functools import lru_cache

from django.apps import apps
from django.conf import settings
from django.db import connection, models

from crm.core.registry import registry
from crm.team.models import Role, Team, User

# Tables of these keep keys, facts and uploads: a sample brings none of them.
WITHOUT_SAMPLES = frozenset(
    {"contenttypes", "auth", "sessions", "core", "team", "exchange", "automation", "api", "ui", "oauth2_provider"}
)


@lru_cache(maxsize=1)
def sample_models() -> tuple[type[models.Model], ...]:
    """Every model whose table a sample fills, those pointed at first."""
    own = [app for app in apps.get_app_configs() if app.name in settings.TENANT_APPS]
    found: list[type[models.Model]] = [Role, Team, User]
    found += [model for app in own if app.label not in WITHOUT_SAMPLES for model in app.get_models()]
    ordered: list[type[models.Model]] = []
    for model in found:
        place(model, found, ordered, ())
    return tuple(ordered)


def place(model: type[models.Model], found: list[type[models.Model]], ordered: list[type[models.Model]],
          on_the_way: tuple[type[models.Model], ...]) -> None:
    """Put a model behind all that it points at."""
    if model in ordered or model in on_the_way:
        return
    for link in links_of(model):
        if (target := link.related_model) in found and isinstance(target, type):
            place(target, found, ordered, (*on_the_way, model))
    ordered.append(model)


def links_of(model: type[models.Model]) -> list[models.ForeignKey[models.Model, models.Model]]:
    """The columns by which a model points at another, not at itself."""
    return [f for f in model._meta.concrete_fields if isinstance(f, models.ForeignKey) and f.related_model is not model]


def is_marked(model: type[models.Model]) -> bool:
    """Whether rows say for themselves that they are samples."""
    return any(field.name == "is_sample" for field in model._meta.concrete_fields)


@lru_cache(maxsize=1)
def parents() -> dict[type[models.Model], str]:
    """The parts of records, each with the link to the record that it lives and dies with."""
    return {part.model: part.parent for resource in registry for part in resource.parts}


def owners_of(model: type[models.Model]) -> list[models.ForeignKey[models.Model, models.Model]]:
    """The links that make a row belong to another: of a part its record, else whatever it cannot be without."""
    parent = parents().get(model)
    return [link for link in links_of(model) if (link.name == parent if parent else not link.null)]


def sample_condition(model: type[models.Model]) -> str:
    """SQL that is true of a model's sample rows: marked, or belonging to one that is; empty where there can be none."""
    if is_marked(model):
        return '"is_sample"'
    parts = []
    for link in owners_of(model):
        target = link.related_model
        if isinstance(target, type) and target in sample_models() and (condition := sample_condition(target)):
            inner = f'SELECT "{target._meta.pk.column}" FROM "{target._meta.db_table}" WHERE {condition}'  # noqa: S608
            parts.append(f'"{link.column}" IN ({inner})')
    return " OR ".join(parts)


def statistics_renew() -> None:
    """Tell the planner what came in: on tables that it takes for empty, a query over all customers takes minutes."""
    tables = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in sample_models())
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {tables}")
