"""Column types that Django lacks."""

from __future__ import annotations

import functools
import operator
import secrets
import time
from collections.abc import Sequence
from struct import Struct
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.utils.translation import gettext as _

from crm.core.names import search_query
from crm.core.phones import E164, is_phone
from crm.core.phones import phone_normal as phone_normal
from tenants.database.columns import CurrentTransaction as CurrentTransaction
from tenants.database.columns import OldestOpenTransaction as OldestOpenTransaction
from tenants.database.columns import TransactionIdField as TransactionIdField

if TYPE_CHECKING:
    TextColumn = models.Field[str | None, str | None]
    CharColumn = models.CharField[str, str]
else:
    TextColumn = models.Field
    CharColumn = models.CharField
BETWEEN = "\x1f"
LOW_BITS, NOISE = (1 << 62) - 1, Struct("Q")


def uuid7() -> UUID:
    """A UUID that sorts by its time of birth (RFC 9562 §5.7): 48 bits of ms, 12 of sub-ms, 62 random."""
    return uuid7s(1)[0]


def uuid7s(count: int) -> list[UUID]:
    """So many of them in order."""
    return [UUID(int=number) for number in uuid7_numbers(count)]


def uuid7_texts(count: int) -> list[str]:
    """The same as texts, which cost less to make, to write out and to hand to another process."""
    return [f"{number:032x}" for number in uuid7_numbers(count)]


def uuid7_numbers(count: int) -> list[int]:
    """The same as numbers, each a tick (1/4096 ms) after the one before."""
    ms, rest = divmod(time.time_ns(), 1_000_000)
    first = ((ms & (1 << 48) - 1) << 12) + rest * 4096 // 1_000_000
    noise = secrets.token_bytes(8 * count)
    return [
        tick >> 12 << 80 | 0x7 << 76 | (tick & 0xFFF) << 64 | 0b10 << 62 | low & LOW_BITS
        for tick, (low,) in zip(range(first, first + count), NOISE.iter_unpack(noise), strict=True)
    ]


class NewUuid(models.Func):
    """PostgreSQL 18's `uuidv7()`: for rows that nobody speaks of by id before they are stored."""

    function = "uuidv7"
    arity = 0
    output_field = models.UUIDField()


class SearchField(TextColumn):
    """A `tsvector` of our own terms (crm.core.names): filled by the save, asked by `search__words="typed text"`."""

    def db_type(self, connection: Any) -> str:
        return "tsvector"


@SearchField.register_lookup
class WordsLookup(models.Lookup[bool]):
    """Every typed word is among the terms, the beginning of a word is enough."""

    lookup_name = "words"
    prepare_rhs = False

    def get_db_prep_lookup(self, value: Any, connection: Any) -> tuple[str, tuple[str, ...]]:
        return "%s::tsquery", (search_query(str(value)),)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        lhs, lhs_params = self.process_lhs(compiler, connection)
        rhs, rhs_params = self.process_rhs(compiler, connection)
        return f"{lhs} @@ {rhs}", (*lhs_params, *rhs_params)


def joined(values: Sequence[Any]) -> str | None:
    """Texts or ids as one text, which costs a fraction of an array to write; None where they are no such."""
    kinds = set(map(type, values))
    texts = [value.hex for value in values] if kinds == {UUID} else values
    if not kinds or not kinds <= {str, UUID} or len(kinds) > 1:
        return None
    text = BETWEEN.join(texts)
    return text if text and text.count(BETWEEN) == len(texts) - 1 else None


def as_array(values: Sequence[Any]) -> tuple[str, tuple[Any, ...]]:
    """Values as an array of SQL, in one parameter."""
    text = joined(values)
    return ("%s", (values,)) if text is None else ("string_to_array(%s, E'\\x1f')", (text,))


@models.ForeignKey.register_lookup
@models.Field.register_lookup
class AnyOf(models.Lookup[Any]):
    """`number__any_of=values`: one of these, as ONE parameter; an `IN` of thousands costs more than looking them up."""

    lookup_name = "any_of"
    prepare_rhs = False

    def get_db_prep_lookup(self, value: Any, connection: Any) -> tuple[str, Any]:
        return as_array(list(value))

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        lhs, lhs_params = self.process_lhs(compiler, connection)
        rhs, rhs_params = self.process_rhs(compiler, connection)
        field = self.lhs.output_field
        kind = str(field.rel_db_type(connection) if field.is_relation else field.db_type(connection))
        return f"{lhs} = ANY({rhs}::{kind.partition('(')[0]}[])", (*lhs_params, *rhs_params)


def search_index(noun: str) -> GinIndex:
    """The index that every record's search column has."""
    return GinIndex(fields=["search"], name=f"{noun}_search")


def sort_indexes(noun: str, *names: str) -> list[models.Index]:
    """An index for each sortable field: live rows by (field, id), read in both directions, nulls at the end."""
    live = models.Q(deleted_at__isnull=True)
    return [models.Index(fields=[name, "id"], condition=live, name=f"{noun}_{name}"[:27] + "_s") for name in names]


def filled_indexes(noun: str, *names: str) -> list[models.Index]:
    """The same for fields that most new records have not: of those that have none there is no entry, they come in the
    order of their ids by the key of the table, or by `empty_index` where they are few."""
    live = models.Q(deleted_at__isnull=True)
    return [
        models.Index(
            fields=[name, "id"],
            condition=live & models.Q(**{f"{name}__isnull": False}),
            name=f"{noun}_{name}"[:27] + "_s",
        )
        for name in names
    ]


def empty_index(noun: str, *names: str) -> models.Index:
    """One index for what has no entry in `filled_indexes`: live rows by id that miss any of these fields.

    Who misses one of them should miss all: PostgreSQL reads it for each of the fields.
    """
    some = functools.reduce(operator.or_, (models.Q(**{f"{name}__isnull": True}) for name in names))
    live = models.Q(deleted_at__isnull=True)
    return models.Index(fields=["id"], condition=live & some, name=f"{noun}_no_{names[0]}"[:30])


def phone_check(text: str) -> None:
    """A number that somebody can be called by."""
    if not is_phone(text):
        raise ValidationError(_("Is not a telephone number; write it with its area or country code."), "phone")


class PhoneField(CharColumn):
    """A telephone number, kept as E.164 where it can be read; numbers without a country are the tenant's."""

    default_validators = [phone_check]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 40)
        super().__init__(*args, **kwargs)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text or E164.match(text):
            return text
        region = getattr(getattr(connection, "tenant", None), "region", None) or "US"
        return phone_normal(text.strip(), region)
