"""What every surface needs to know of one field: compiled once from the model and its Resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.functional import Promise

from crm.core.fields import PhoneField

Kind = Literal[
    "text",
    "long_text",
    "email",
    "phone",
    "url",
    "integer",
    "number",
    "money",
    "percent",
    "yes_no",
    "date",
    "moment",
    "choice",
    "choices",
    "link",
    "reference",
    "json",
    "country",
    "currency",
    "external",  # of no column: the names that other systems have for the record
    "language",
    "time_zone",
]
BY_CLASS: tuple[tuple[type[Any], Kind], ...] = (
    (models.ForeignKey, "link"),
    (PhoneField, "phone"),
    (models.EmailField, "email"),
    (models.URLField, "url"),
    (ArrayField, "choices"),
    (models.BooleanField, "yes_no"),
    (models.DateTimeField, "moment"),
    (models.DateField, "date"),
    (models.JSONField, "json"),
    (models.FloatField, "number"),
    (models.IntegerField, "integer"),
    (models.TextField, "long_text"),
    (models.UUIDField, "reference"),
)
BY_NAME: dict[str, Kind] = {  # texts that are codes
    "country": "country",
    "currency": "currency",
    "language": "language",
    "time_zone": "time_zone",
}
MONEY_SHAPE = (19, 4)
Offered = Sequence[tuple[str, str | Promise]]
RANGE_KINDS = frozenset({"integer", "number", "money", "percent", "date", "moment"})
CHANGED = "updated_at"  # every list is sorted by it, too, but not by an index: that would cost each write one more
TEXT_KINDS = frozenset({"text", "long_text", "email", "phone", "url", *BY_NAME.values()})


@dataclass(frozen=True)
class FieldSpec:
    """One field as people and programs see it."""

    name: str
    label: str | Promise
    kind: Kind
    required: bool = False
    choices: tuple[tuple[str, str | Promise], ...] = ()
    max_length: int | None = None
    writable: bool = True
    filterable: bool = False
    sortable: bool = False
    personal: bool = False
    sensitive: bool = False
    target: str | None = None
    digits: int | None = None
    unit: str = ""
    help: str | Promise = ""
    closed: tuple[str, ...] = ()  # choices that are no longer offered, but may stay where they are
    tones: Callable[[], Mapping[str, str]] | None = None  # the colours that people gave to values
    offers: Callable[[], Offered] | None = None  # what may be chosen, where that is set up by people
    custom: str = ""  # the id of the tenant's own field behind it; built-in fields have none
    is_plain: bool = False  # a number that is no quantity (a port, a year): shown without separators
    is_secret: bool = False  # a password: nobody reads it over somebody's shoulder
    items: Kind | Literal[""] = ""  # of a list of e-mails or telephones: what each of them is


    @property
    def offered(self) -> Offered:
        """What may be chosen: words that the program knows, or what people have set up."""
        return self.offers() if self.offers else self.choices


def kind_of(field: models.Field[Any, Any]) -> Kind:
    """The kind that a column's type speaks of; a Resource may name another in `kinds`."""
    if field.choices:
        return "choice"
    for cls, kind in BY_CLASS:
        if isinstance(field, cls):
            return kind
    if isinstance(field, models.DecimalField):
        return "money" if (field.max_digits, field.decimal_places) == MONEY_SHAPE else "number"
    return BY_NAME.get(field.name, "text") if isinstance(field, models.CharField) else "text"


def items_of(field: models.Field[Any, Any]) -> Kind | Literal[""]:
    """What the entries of a list are, where that is more than words."""
    found = kind_of(field.base_field) if isinstance(field, ArrayField) else ""
    return found if found in ("email", "phone") else ""


def spec_of(
    field: models.Field[Any, Any], *, kind: Kind | None = None, writable: bool = True, **marks: Any
) -> FieldSpec:
    """The spec of a column; marks are filterable, sortable, personal, sensitive."""
    target = field.related_model._meta.label_lower if isinstance(field, models.ForeignKey) else None
    has_default = field.has_default() or field.db_default is not models.NOT_PROVIDED
    return FieldSpec(
        name=field.name,
        label=field.verbose_name,
        kind=kind or kind_of(field),
        required=writable and not field.blank and not has_default,
        choices=tuple((str(value), label) for value, label in field.flatchoices),
        max_length=field.max_length,
        writable=writable,
        target=target,
        digits=getattr(field, "decimal_places", None),
        help=field.help_text,
        items=items_of(field),
        **marks,
    )
