"""A custom field as a column that no table has: for each kind what cleans a value, and the form it is kept in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    IContains,
    In,
    IsNull,
    IStartsWith,
    LessThan,
    LessThanOrEqual,
)
from django.utils.translation import gettext as _

from crm.core.cleaning import Clean, Refused, cleaner
from crm.core.fields import PhoneField
from crm.core.models import CustomField
from crm.core.specs import FieldSpec

TEXT_LENGTH, LONG_LENGTH, URL_LENGTH = 255, 20_000, 500
LOOKUPS: dict[str, Any] = {
    "exact": Exact,
    "gt": GreaterThan,
    "gte": GreaterThanOrEqual,
    "lt": LessThan,
    "lte": LessThanOrEqual,
    "in": In,
    "icontains": IContains,
    "istartswith": IStartsWith,
}
NUMERIC = frozenset({"integer", "number", "money", "percent"})
SEARCHABLE = frozenset({"text", "long_text", "email", "phone", "url", "integer"})
NEVER_SORTED = frozenset({"long_text", "choices", "link"})


class KeptText(models.Func):
    """What a record keeps under a custom field's key, as text; null where it keeps nothing."""

    template = "(%(expressions)s ->> '%(key)s')"
    output_field: models.Field[Any, Any] = models.TextField()

    def __init__(self, column: str, *, key: str) -> None:
        super().__init__(F(column), key=key)


class KeptNumber(KeptText):
    """The same as a number."""

    template = "((%(expressions)s ->> '%(key)s')::numeric)"
    output_field = models.DecimalField()


class KeptList(KeptText):
    """The same as the list that it is."""

    template = "(%(expressions)s -> '%(key)s')"
    output_field = models.JSONField()


class HoldsAny(models.Func):
    """Whether a kept list holds one of some words."""

    template, arg_joiner = "(%(expressions)s)", " ?| "
    output_field = models.BooleanField()

    def __init__(self, kept: KeptList, words: list[str]) -> None:
        super().__init__(kept, models.Value(words, ArrayField(models.TextField())))


def column_of(field: CustomField) -> models.Field[Any, Any]:
    """The column that a field would be: Django's own or ours, so that values are judged as those of built-in fields."""
    column = MAKERS[field.kind](field)
    column.blank = not field.is_required
    column.set_attributes_from_name(field.name)
    return column


def choices_of(field: CustomField) -> list[tuple[str, str]]:
    """The words that may stand in a choice, those no longer offered included: records may hold them."""
    return [(one["value"], one["label"]) for one in field.choices]


MAKERS: dict[str, Callable[[CustomField], models.Field[Any, Any]]] = {
    "text": lambda field: models.CharField(field.label, max_length=TEXT_LENGTH, null=True),
    "long_text": lambda field: models.TextField(field.label, max_length=LONG_LENGTH, null=True),
    "email": lambda field: models.EmailField(field.label, null=True),
    "phone": lambda field: PhoneField(field.label, null=True),  # type: ignore[misc]  # a column that is never read
    "url": lambda field: models.URLField(field.label, max_length=URL_LENGTH, null=True),
    "integer": lambda field: models.BigIntegerField(field.label, null=True),
    "number": lambda field: models.DecimalField(field.label, max_digits=24, decimal_places=8, null=True),
    "money": lambda field: models.DecimalField(field.label, max_digits=19, decimal_places=4, null=True),
    "percent": lambda field: models.FloatField(field.label, null=True),
    "yes_no": lambda field: models.BooleanField(field.label, null=True),
    "date": lambda field: models.DateField(field.label, null=True),
    "moment": lambda field: models.DateTimeField(field.label, null=True),
    "choice": lambda field: models.CharField(field.label, max_length=60, null=True, choices=choices_of(field)),
    "choices": lambda field: ArrayField(
        models.CharField(max_length=60, choices=choices_of(field)), verbose_name=field.label, null=True
    ),
    "link": lambda field: models.UUIDField(field.label, null=True),
}


def moment_text(value: datetime) -> str:
    """A moment in UTC with six digits always, so that texts sort as moments do."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").zfill(27)


KEEP: tuple[tuple[type[Any], Callable[[Any], Any]], ...] = (
    (datetime, moment_text),
    (date, date.isoformat),
    (Decimal, lambda value: f"{value:f}"),
    (UUID, str),
)
READ: dict[str, Callable[[Any], Any]] = {
    "number": Decimal,
    "money": Decimal,
    "percent": float,
    "date": date.fromisoformat,
    "moment": datetime.fromisoformat,
    "link": UUID,
}


def kept(value: Any) -> Any:
    """A cleaned value as JSON holds it: exact numbers, days and moments as texts."""
    return next((keep(value) for cls, keep in KEEP if isinstance(value, cls)), value)


@dataclass(frozen=True, eq=False)
class Custom:
    """One custom field, ready for use: what surfaces read, what cleans it, where it is kept."""

    spec: FieldSpec
    key: str
    column: models.Field[Any, Any]
    clean: Clean
    read: Callable[[Any], Any]
    is_searched: bool

    @property
    def name(self) -> str:
        """`x_vip_level`."""
        return self.spec.name

    def of(self, data: dict[str, Any] | None) -> Any:
        """The value that a record's custom column holds."""
        value = data.get(self.key) if data else None
        return None if value is None else self.read(value)

    def expression(self, before: str = "") -> KeptText:
        """The value in SQL; `before` is the way along links to its record, ending in two underscores."""
        return (KeptNumber if self.spec.kind in NUMERIC else KeptText)(f"{before}custom", key=self.key)

    def typed(self, raw: Any) -> Any:
        """A value as a cursor holds it, back in its type."""
        found = cleaner(self.column)(raw)
        if found is None:
            raise Refused("required", _("Must not be empty."))
        return found

    def comparable(self, value: Any) -> Any:
        """A typed value as the expression compares it."""
        if self.spec.kind in NUMERIC:
            return Decimal(str(value))
        return str(value).lower() if isinstance(value, bool) else str(kept(value))

    def holds(self, before: str, lookup: str, value: Any) -> Q:
        """The condition on what is kept: false, never unknown, where nothing is, so that it can be turned round."""
        if self.spec.kind == "choices":
            inner = HoldsAny(KeptList(f"{before}custom", key=self.key), value)
            return Q(inner) & Q(IsNull(KeptText(f"{before}custom", key=self.key), False))
        side, many = self.expression(before), isinstance(value, (list, tuple, set))
        given = [self.comparable(one) for one in value] if many else self.comparable(value)
        return Q(LOOKUPS[lookup](side, given)) & Q(IsNull(self.expression(before), False))

    def is_among(self, before: str, ids: models.QuerySet[Any, Any] | list[str]) -> Q:
        """The condition that a link leads to one of these (their ids as text)."""
        return Q(In(self.expression(before), ids)) & Q(IsNull(self.expression(before), False))

    def is_empty(self, before: str) -> Q:
        """The condition that nothing is kept."""
        return Q(IsNull(KeptText(f"{before}custom", key=self.key), True))


def judged(field: CustomField, column: models.Field[Any, Any]) -> Clean:
    """The column's own judgement; empty text and empty lists are nothing, and only choices still offered are taken."""
    clean, offered = cleaner(column), tuple(one["value"] for one in field.choices if not one.get("is_retired"))
    closed = frozenset(one["value"] for one in field.choices) - frozenset(offered)

    def judge(value: Any) -> Any:
        found = clean(value)
        if found == "" or found == []:
            found = clean(None)
        if closed and found is not None and closed.intersection(found if isinstance(found, list) else (found,)):
            text = _("%(value)s is not one of the choices.") % {"value": str(value)[:60]}
            raise Refused("choice", text, offered)
        return found

    return judge


def custom_of(field: CustomField) -> Custom:
    """Compile a field."""
    column = column_of(field)
    is_plain = not field.is_sensitive
    spec = FieldSpec(
        name=field.name,
        label=field.label,
        kind=field.kind,  # type: ignore[arg-type]  # the model's choices are kinds
        required=field.is_required,
        choices=tuple(choices_of(field)),
        max_length=column.max_length,
        writable=True,
        filterable=True,
        sortable=is_plain and field.indexed_at is not None and field.kind not in NEVER_SORTED,
        personal=field.is_personal or field.is_sensitive,
        sensitive=field.is_sensitive,
        target=field.target or None,
        digits=getattr(column, "decimal_places", None),
        unit=field.currency,
        help=field.help,
        closed=tuple(one["value"] for one in field.choices if one.get("is_retired")),
        custom=str(field.pk),
        is_plain=field.kind == "integer",  # a year, a code: nobody knows, so it is written as it was typed
    )
    return Custom(
        spec=spec,
        key=field.key,
        column=column,
        clean=judged(field, column),
        read=READ.get(field.kind, lambda value: value),
        is_searched=is_plain and field.is_searchable and field.kind in SEARCHABLE,
    )
