"""A row in every table of a tenant, made from the models alone; `tests.examples` says what a guess cannot."""
from __future__ import annotations

import datetime
import uuid
import zlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import IntegrityError, models, transaction
from django.db.models.fields import NOT_PROVIDED
from django_tenants.utils import app_labels

from crm.core.actors import SYSTEM
from crm.core.customising.services import custom_field_create
from crm.core.registry import Resource, registry
from crm.core.services import record_save
from crm.exchange.exporting.asking import Asked
from crm.exchange.pieces import PLAIN
from tests.examples import EXAMPLES

# Texts that the program reads as something else than text: a canary there would be a lie
NOT_TEXT = {
    "password", "language", "locale", "theme", "time_zone", "currency", "key_hash", "session_key", "object_type",
    "actor_kind", "via", "code", "prefix", "label", "app_label", "model", "codename", "session_data", "predictor",
    "template", "target", "step", "rung", "verdict", "algorithm", "model_version", "next_best_action", "noun", "field",
    "token_checksum", "icon", "group_by", "ordering", "born_lunar", "role", "ready", "day",
}
# What a guess would get wrong in tables that are no nouns: words that the program reads
GIVEN: dict[str, dict[str, Any]] = {
    "analytics.ModelVersion": {"predictor": "churn"},
    "exchange.ImportJob": {"label": "customers.customer", "state": "done", "actor_kind": "system"},
    "exchange.BulkJob": {
        "label": "customers.customer", "state": "done", "actor_kind": "system",
        "asked": {"do": "delete", "values": {}, "verb": ""},
    },
    "exchange.ExportJob": {
        "label": "customers.customer", "state": "done", "format": "csv", "actor_kind": "system",
        "asked": Asked("customers.customer", "csv").to_json(),
        "rights": {"fields": ["id", "name"], "reach": {}, "revealed": False, "named": []},
    },
    "exchange.ExportPiece": {"data": zlib.compress(b"Name\r\nLin Yi\r\n")},
    "exchange.ImportPiece": {"data": PLAIN + b"name,city\nLin Yi,Hangzhou\n"},
    "exchange.ImportProblem": {"code": "stock_correction", "outcome": "skipped"},
    "exchange.ImportedRecord": {"object_type": "customers.customer", "outcome": "created"},
    "automation.RuleRun": {"cause": "event:1", "object_type": "customers.customer", "state": "done"},
    "automation.RuleStep": {"action": "notify"},
    "automation.Delivery": {"event": "sales.order.created", "state": "delivered"},
    "core.SavedView": {
        "object_type": "customers.customer", "sharing": "everyone", "look": "table", "group_by": "", "ordering": "",
    },
    "analytics.SavedReport": {
        "definition": {"object": "customers.customer", "rows": [{"field": "lifecycle"}]},
        "sharing": "everyone", "day": "",
    },
    "analytics.Dashboard": {"sharing": "everyone"},
    "analytics.DashboardPlace": {"ready": ""},
    "core.Merge": {"object_type": "customers.customer"},
    "core.Distinct": {"object_type": "customers.customer"},
    "ui.ListChoice": {"label": "customers.customer", "view": None},
    "ui.DashboardMail": {"dashboard": "sales", "every": "week"},
    "core.Layout": {"object_type": "gadgets.gadget", "role": "none"},
    "team.Share": {"object_type": "customers.customer", "team": None},
    "core.ExternalId": {"object_type": "customers.customer"},
}
EURO = {"currency": "EUR", "valid_on": "2000-01-01", "rate": "1"}
MOMENT = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)


def tenant_models() -> list[type[models.Model]]:
    """Every table of a tenant's schema that has a model."""
    labels = set(app_labels(settings.TENANT_APPS))
    found = [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in labels]
    return [model for model in found if model._meta.managed and not model._meta.proxy]


def is_text(field: models.Field[Any, Any]) -> bool:
    """Whether people's words may stand in it."""
    return (
        isinstance(field, models.CharField | models.TextField) and not field.choices and not field.primary_key
        and field.name not in NOT_TEXT and (field.max_length or 99) >= 12
    )


def text_value(field: models.Field[Any, Any], canary: str) -> str:
    """The canary, in the form the column asks for."""
    if isinstance(field, models.EmailField):
        return f"{canary}@kith.test"
    if isinstance(field, models.URLField):
        return f"https://{canary}.test/"
    return canary


BY_TYPE: list[tuple[type[Any], Any]] = [
    (ArrayField, list), (models.JSONField, dict), (models.BooleanField, False), (models.DateTimeField, MOMENT),
    (models.DateField, MOMENT.date()), (models.TimeField, MOMENT.time()), (models.DecimalField, Decimal(1)),
    (models.FloatField, 0.5), (models.IntegerField, 1), (models.UUIDField, uuid.uuid4), (models.BinaryField, b"\x00"),
    (models.DurationField, datetime.timedelta(1)), (models.GenericIPAddressField, "192.0.2.1"),
]


def guess(field: models.Field[Any, Any], canary: str) -> Any:
    """A value the column takes."""
    if field.choices:
        return next(value for value, _ in field.flatchoices if value not in {"", None})
    if is_text(field):
        return text_value(field, canary)
    if isinstance(field, models.CharField | models.TextField):
        return uuid.uuid4().hex[:field.max_length] if field.unique else "x" * min(field.max_length or 1, 2)
    for kind, value in BY_TYPE:
        if isinstance(field, kind):
            return value() if callable(value) else value
    raise LookupError(f"tests.rows has no value for {field}; give one in tests.examples")


def needs_value(field: models.Field[Any, Any]) -> bool:
    """Whether the row cannot be written, or would say nothing, without one."""
    has_default = field.default is not NOT_PROVIDED or getattr(field, "db_default", NOT_PROVIDED) is not NOT_PROVIDED
    if field.generated or isinstance(field, models.AutoField | models.BigAutoField):
        return False
    return is_text(field) or not (has_default or field.null)


def row_make(model: type[models.Model], canary: str, making: tuple[type[models.Model], ...] = ()) -> models.Model:
    """The first row of a table, or a new one, with the rows it points at."""
    if found := model._base_manager.first():
        return found
    values = dict(GIVEN.get(model._meta.label, {}))
    for field in (f for f in model._meta.concrete_fields if f.name not in values):
        if isinstance(field, models.ForeignKey):
            target = field.related_model
            values[field.name] = None if target in (*making, model) else row_make(target, canary, (*making, model))
        elif needs_value(field):
            values[field.name] = guess(field, canary)
    try:
        with transaction.atomic():
            return model._base_manager.create(**values)
    except IntegrityError as error:
        raise LookupError(f"tests.rows cannot guess a {model._meta.label}: {error}; see tests.examples") from error


def with_canary(text: str, field: models.Field[Any, Any], canary: str) -> str:
    """The text with the canary beside it, or instead of it where the column has a form of its own."""
    if isinstance(field, models.EmailField | models.URLField):
        return text_value(field, canary)
    return f"{text} {canary}".strip()


def canaries_plant(model: type[models.Model], canary: str) -> None:
    """Put the canary beside the words of every row; what must be unique, such as a log-in, stays."""
    for field in (f for f in model._meta.concrete_fields if is_text(f) and not f.unique):
        for row in model._base_manager.all():
            text = getattr(row, field.attname) or ""
            if canary not in text and len(new := with_canary(text, field, canary)) <= (field.max_length or len(new)):
                model._base_manager.filter(pk=row.pk).update(**{field.name: new})


def noun_make(resource: Resource, canary: str) -> None:
    """A record written as people write it, so that what is found by searching bears the canary too."""
    values = EXAMPLES[resource.label]()
    for spec in resource.specs.values():
        if spec.kind in {"text", "long_text"} and spec.writable and spec.name not in NOT_TEXT:
            text = f"{values.get(spec.name, '')} {canary}".strip()
            if len(text) <= (spec.max_length or len(text)):
                values[spec.name] = text
    record_save(resource.model, values, actor=SYSTEM)


def rows_make(canary: str) -> None:
    """Fill the schema the connection stands in; the tests' own noun has a field of the tenant's own."""
    custom_field_create(
        "gadgets.gadget", actor=SYSTEM, label_text=f"Remark {canary}", kind="text", name=f"x_{canary}", help=canary
    )
    record_save(registry["sales.exchangerate"].model, EURO, actor=SYSTEM)  # most examples are in it
    for resource in registry:
        noun_make(resource, canary)
    for model in tenant_models():
        row_make(model, canary)
    for model in tenant_models():
        canaries_plant(model, canary)


def texts_without(canary: str) -> Iterator[str]:
    """Rows and columns where the canary is missing: what the isolation tests would be blind to."""
    for model in tenant_models():
        for field in filter(is_text, model._meta.concrete_fields):
            if not field.unique and model._base_manager.exclude(**{f"{field.name}__contains": canary}).exists():
                yield f"{model._meta.label}.{field.name}"
