"""Behaviour events on their way in: thousands at once, each once, those that cannot be taken named one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.core.cleaning import UNSTORABLE
from crm.core.copying import copy_lines
from crm.core.drafts import external_ids_find
from crm.core.errors import CrmError
from crm.core.permissions import permit, visible
from crm.customers.models import BehaviourEvent, Customer

MOST, MOST_STRANGE = 10_000, 20
PERMISSION = "customers.add_behaviourevent"
CUSTOMER = Customer._meta.label_lower
NAMES = frozenset(
    {
        "customer",
        "customer_ext",
        "customer_number",
        "kind",
        "happened_at",
        "subject",
        "channel",
        "value",
        "source",
        "key",
    }
)
COLUMNS = ("customer_id", "kind", "happened_at", "subject", "channel", "value", "source", "key")
TEXTS = (("subject", 200), ("channel", 40), ("source", 40), ("key", 120))
KINDS = frozenset(BehaviourEvent.Kind.values)
LIMIT = Decimal(10) ** 15
AHEAD = timedelta(days=1)
Line = dict[str, Any]


@dataclass
class Taken:
    """What became of the rows."""

    received: int
    stored: int = 0
    repeated: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, at: int, wrong: Sequence[Unusable]) -> None:
        """Why the row at this position was not taken: the first reason, and all of them."""
        errors = [{"field": one.name, "message": str(one)} for one in wrong]
        self.refused.append({"row": at, **errors[0], "errors": errors})


def behaviour_take(lines: Sequence[Any], *, actor: Actor) -> Taken:
    """Store the rows that can be; one that was stored before, by source and key, is not stored again."""
    permit(actor, PERMISSION)
    if not lines or len(lines) > MOST:
        raise CrmError("bad_value", _("Send between 1 and %(limit)s events.") % {"limit": MOST}, status=422)
    taken = Taken(len(lines))
    found = customers_of(lines, actor)
    now = timezone.now() + AHEAD
    rows: dict[tuple[str, str], tuple[Any, ...]] = {}
    for at, line in enumerate(lines):
        wrong: list[Unusable] = []
        row = row_of(line, found, now, wrong)
        if wrong:
            taken.refuse(at, wrong)
        else:
            rows.setdefault(row[-2:], row)
    taken.stored = rows_store(list(rows.values()))
    taken.repeated = taken.received - taken.stored - len(taken.refused)
    return taken


class Unusable(Exception):
    """Why one row cannot be taken."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


Known = tuple[Mapping[str, UUID], Mapping[str, UUID], Mapping[str, UUID]]


def customers_of(lines: Sequence[Any], actor: Actor) -> Known:
    """The customers that the rows name, of those whom the actor may see: by id, by outside name, by member number."""
    named: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        if isinstance(line, dict):
            for name in ("customer", "customer_ext", "customer_number"):
                if isinstance(value := line.get(name), str):
                    named[name].add(value)
    outside: dict[str, UUID] = {}
    by_source: dict[str, set[str]] = defaultdict(set)
    for text in named["customer_ext"]:
        source, _colon, value = text.partition(":")
        by_source[source].add(value)
    for source, values in by_source.items():
        outside |= {f"{source}:{value}": pk for value, pk in external_ids_find(CUSTOMER, source, values).items()}
    seen = visible(Customer, actor)
    wanted = {pk for text in named["customer"] if (pk := uuid_of(text))} | set(outside.values())
    ids = set(seen.filter(pk__any_of=list(wanted)).values_list("pk", flat=True)) if wanted else set()
    numbers = dict(seen.filter(number__any_of=list(named["customer_number"])).values_list("number", "pk"))
    by_id = {text: pk for text in named["customer"] if (pk := uuid_of(text)) in ids and pk}
    return by_id, {text: pk for text, pk in outside.items() if pk in ids}, numbers


def uuid_of(text: str) -> UUID | None:
    """An id, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None


def row_of(line: Any, found: Known, latest: datetime, wrong: list[Unusable]) -> tuple[Any, ...]:
    """One row as its columns; all that is wrong with it is noted."""
    if not isinstance(line, dict):
        wrong.append(Unusable("", _("Must be an object.")))
        return ()
    for name in sorted(line.keys() - NAMES)[:MOST_STRANGE]:
        wrong.append(Unusable(name[:80], _("There is no field %(name)s.") % {"name": name[:80]}))

    def kept(read: Callable[..., Any], *given: Any) -> Any:
        try:
            return read(*given)
        except Unusable as error:
            wrong.append(error)

    customer, kind = kept(customer_of, line, found), kept(kind_of, line)
    moment, value = kept(moment_of, line.get("happened_at"), latest), kept(value_of, line)
    subject, channel, source, key = (kept(text_of, line, name, limit) for name, limit in TEXTS)
    for name, text in (("source", source), ("key", key)):
        if text == "":
            wrong.append(Unusable(name, _("Must not be empty.")))
    return customer, kind, moment, subject, channel, value, source, key


def kind_of(line: Line) -> Any:
    """What it was."""
    if not isinstance(kind := line.get("kind"), str) or kind not in KINDS:
        raise Unusable("kind", _("%(value)s is not one of the choices.") % {"value": str(kind)[:40]})
    return kind


def customer_of(line: Line, found: Known) -> UUID:
    """Whose it is."""
    for name, known in zip(("customer", "customer_ext", "customer_number"), found, strict=True):
        if (text := line.get(name)) is not None:
            if not isinstance(text, str) or (pk := known.get(text)) is None:
                raise Unusable(name, _("Points at a record that does not exist."))
            return pk
    raise Unusable("customer", _("Must not be empty."))


def text_of(line: Line, name: str, limit: int) -> str:
    """A short text."""
    text = line.get(name)
    if text is None:
        return ""
    if not isinstance(text, str) or UNSTORABLE.search(text):
        raise Unusable(name, _("Must be a text."))
    if len(text) > limit:
        raise Unusable(name, _("Longer than %(limit)s characters.") % {"limit": limit})
    return text


def moment_of(given: Any, latest: datetime) -> datetime:
    """When it was: with its offset, not in the future."""
    try:
        moment = datetime.fromisoformat(given)
    except (ValueError, TypeError) as error:
        raise Unusable("happened_at", _("Must be a moment such as 2026-03-05T14:00:00Z.")) from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.get_current_timezone())
    if moment > latest or moment.year < 1970:
        raise Unusable("happened_at", _("Lies in the future, or too far back."))
    return moment


def value_of(line: Line) -> Decimal | None:
    """What it was worth."""
    given = line.get("value")
    if given is None:
        return None
    try:
        number = Decimal(str(given))
    except InvalidOperation as error:
        raise Unusable("value", _("Must be a number.")) from error
    if isinstance(given, bool) or not number.is_finite() or abs(number) >= LIMIT:
        raise Unusable("value", _("Must be a number."))
    return round(number, 4)


@transaction.atomic
def rows_store(rows: Sequence[tuple[Any, ...]]) -> int:
    """COPY the rows beside the table and take over those that are not there yet; how many were new."""
    if not rows:
        return 0
    by_name = {one.attname: one for one in BehaviourEvent._meta.concrete_fields}
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    table = BehaviourEvent._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'CREATE TEMPORARY TABLE behaviour_in ON COMMIT DROP AS SELECT {names} FROM "{table}" LIMIT 0'  # noqa: S608
        )
        with cursor.cursor.copy(f"COPY behaviour_in ({names}) FROM STDIN") as copy:
            copy.write("\n".join([*copy_lines([by_name[name] for name in COLUMNS], rows), ""]))
        cursor.execute(
            f'INSERT INTO "{table}" ({names}) SELECT {names} FROM behaviour_in '  # noqa: S608  # names of our own model
            "ON CONFLICT (source, key) DO NOTHING"
        )
        count: int = cursor.rowcount
        cursor.execute("DROP TABLE behaviour_in")
    return count


def behaviour_forget_old(as_of: datetime) -> int:
    """Throw away what is kept long enough."""
    limit = as_of - timedelta(days=settings.BEHAVIOUR_DAYS)
    count, _each = BehaviourEvent.objects.filter(happened_at__lt=limit).delete()
    return count


def lines_of(rows: Iterable[BehaviourEvent]) -> list[Line]:
    """Stored events as programs read them."""
    return [
        {
            name: getattr(row, name)
            for name in ("id", "kind", "happened_at", "subject", "channel", "value", "source", "key")
        }
        | {"customer": row.customer_id}
        for row in rows
    ]
